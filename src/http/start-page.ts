import { html, raw } from 'hono/html'
import { type HtmlPage, styledPage } from './html-reply.ts'

const STYLE = `
:root {
  --ground: #ffffff; --raised: #f6f7f9; --line: #e2e5ea; --text: #1b1f27; --faint: #5d6675;
  --accent: #0b63ce; --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151b; --raised: #1a1f27; --line: #2c333f; --text: #e6e9ef; --faint: #9aa4b4;
    --accent: #7ab4ff;
  }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; max-width: 52rem; padding: clamp(2rem, 8vh, 6rem) 1.5rem 4rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
a { color: var(--accent); text-decoration: none }
a:hover { text-decoration: underline }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px }
h1 { margin: 0; font-size: 2.25rem; letter-spacing: -.02em; line-height: 1.2 }
.lead { margin: .75rem 0 2.5rem; font-size: 1.125rem; color: var(--faint) }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.125rem }
ol { margin: 0; padding-left: 1.25rem }
li { margin-bottom: 1rem }
pre {
  margin: .5rem 0 0; padding: .75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--raised);
  border: 1px solid var(--line); border-radius: 8px; font: .8125rem/1.6 var(--mono);
}
code { font-family: var(--mono); font-size: .875em }
.links { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .75rem }
.links a {
  display: block; padding: .875rem 1rem; border: 1px solid var(--line); border-radius: 10px;
  color: var(--text); font-weight: 600;
}
.links a:hover { border-color: var(--accent); text-decoration: none }
.links span { display: block; font-size: .875rem; font-weight: 400; color: var(--faint) }
`

/** Renders the page at a server's address: what it is, and where to go next. */
export const startPage = async (basePath: string): Promise<HtmlPage> => {
  const create = `curl -s "$TOLLGATE_URL/api/organizations" \\
  -H "authorization: Bearer $TOLLGATE_ADMIN_KEY" -H 'content-type: application/json' \\
  -d '{"id":"acme","name":"Acme","plan":"rag-chatbot/trial"}'`
  const serviceKey = `curl -s "$TOLLGATE_URL/api/admin/service-keys" \\
  -H "authorization: Bearer $TOLLGATE_ADMIN_KEY" -H 'content-type: application/json' \\
  -d '{"name":"backend","scopes":["gate.use","usage.record","usage.read"]}'`
  const track = `curl -s "$TOLLGATE_URL/api/usage/track" \\
  -H "authorization: Bearer $TOLLGATE_SERVICE_KEY" -H 'content-type: application/json' \\
  -d '{"organizationId":"acme","eventType":"chat_message","inputTokens":900,"outputTokens":80}'`
  const current = `curl -s "$TOLLGATE_URL/api/usage/current?organizationId=acme" \\
  -H "authorization: Bearer $TOLLGATE_SERVICE_KEY"`
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tollgate</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>Tollgate</h1>
<p class="lead">This server prices each call, checks the organization's limits, and records what was
used. It is running.</p>
<div class="links">
<a href="${basePath}/docs">Reference<span>Every operation, with examples</span></a>
<a href="${basePath}/openapi.json">OpenAPI 3.1<span>For generators and tools</span></a>
<a href="${basePath}/readyz">Readiness<span>Whether the store can be reached</span></a>
</div>
<h2>First steps</h2>
<p>Set <code>TOLLGATE_URL</code> to this address and <code>TOLLGATE_ADMIN_KEY</code> to the
administrator's key, which the command line printed or took from the environment.</p>
<ol>
<li>Create an organization on a plan.<pre>${create}</pre></li>
<li>Make a key for your backend, which may meter and is no administrator: its <code>key</code> is
<code>TOLLGATE_SERVICE_KEY</code> from here on.<pre>${serviceKey}</pre></li>
<li>Track a call. The answer says whether it is allowed, and what is left.<pre>${track}</pre></li>
<li>See how the organization stands.<pre>${current}</pre></li>
</ol>
</main>
</body>
</html>
`
  return styledPage(String(page), STYLE)
}
