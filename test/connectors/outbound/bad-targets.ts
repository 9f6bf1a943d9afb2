/** URLs that disguise an internal address. */
export const BAD_LITERALS: readonly string[] = [
  ...['https://127.0.0.1/', 'https://127.1/', 'https://0177.0.0.1/', 'https://2130706433/'],
  ...['https://0x7f.0.0.1/', 'https://0x7f000001/', 'https://①②⑦.⓪.⓪.①/', 'https://0.0.0.0/'],
  ...[
    'https://10.0.0.1/',
    'https://172.16.3.4/',
    'https://192.168.1.1/',
    'https://169.254.169.254/',
  ],
  ...['https://100.100.100.200/', 'https://168.63.129.16/', 'https://224.0.0.1/'],
  ...['https://[::1]/', 'https://[::]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/'],
  ...['https://[::127.0.0.1]/', 'https://[64:ff9b::7f00:1]/', 'https://[fd00:ec2::254]/'],
  ...[
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[2001:0:7f00:1::]/',
    'https://[4000::1]/',
  ],
]

/** URLs refused for reasons other than their address. */
export const BAD_URLS: readonly string[] = [
  ...['http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'example.com', ''],
  ...['https://ada@example.com/', 'https://ada:secret@example.com/', 'https://example.com:22/'],
  ...[
    'https://localhost/',
    'https://a.localhost/',
    'https://printer.local/',
    'https://x.internal/',
  ],
  ...['https://example.com./', 'https://LOCALHOST/', `https://example.com/${'x'.repeat(2_048)}`],
]

/** Resolved addresses that nothing is sent to. */
export const BAD_ADDRESSES: readonly string[] = [
  ...['127.0.0.1', '10.1.2.3', '172.31.255.255', '192.168.0.1', '169.254.169.254', '0.0.0.0'],
  ...['100.64.0.1', '168.63.129.16', '224.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1'],
  ...['::1', '::', '::ffff:127.0.0.1', '::127.0.0.1', 'fc00::1', 'fe80::1', 'fe80::1%eth0'],
  ...[
    'fec0::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2001:db8::1',
    '2002:7f00:1::',
    '4000::1',
    'nonsense',
  ],
]
