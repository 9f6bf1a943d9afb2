/** The style of the reference page: system fonts, light and dark, narrow and wide. */
export const docsStyle = `
:root {
  --ground: #ffffff; --raised: #f6f7f9; --line: #e2e5ea; --text: #1b1f27; --faint: #5d6675;
  --accent: #0b63ce; --get: #0b63ce; --post: #157347; --patch: #9a5b00;
  --good: #157347; --bad: #b3261e; --warn: #9a5b00;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151b; --raised: #1a1f27; --line: #2c333f; --text: #e6e9ef; --faint: #9aa4b4;
    --accent: #7ab4ff; --get: #7ab4ff; --post: #63cf94; --patch: #e8b35c;
    --good: #63cf94; --bad: #ff8f86; --warn: #e8b35c;
  }
}
* { box-sizing: border-box }
html { scroll-padding-top: 1.5rem }
body {
  margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr);
  background: var(--ground); color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
a { color: var(--accent); text-decoration: none }
a:hover { text-decoration: underline }
a:focus-visible, summary:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px;
}
.skip { position: absolute; left: -100rem }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; padding: .5rem 1rem; background: var(--ground) }
nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 3rem;
  background: var(--raised); border-right: 1px solid var(--line); font-size: .875rem;
}
nav .brand { margin: 0 .5rem 1.25rem; font-size: 1.125rem; font-weight: 650 }
nav .brand span { display: block; font-size: .8125rem; font-weight: 400; color: var(--faint) }
nav h2 {
  margin: 1.25rem .5rem .25rem; font-size: .75rem; font-weight: 600; color: var(--faint);
  text-transform: uppercase; letter-spacing: .06em;
}
nav ul { list-style: none; margin: 0; padding: 0 }
nav li a {
  display: flex; gap: .5rem; align-items: baseline; padding: .25rem .5rem; border-radius: 6px;
  color: var(--text);
}
nav li a:hover { background: var(--line); text-decoration: none }
main { width: 100%; max-width: 58rem; padding: 2.5rem clamp(1rem, 4vw, 3.5rem) 6rem }
h1 { margin: 0 0 .5rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em }
main h2 {
  margin: 3.5rem 0 0; padding-bottom: .5rem; border-bottom: 1px solid var(--line);
  font-size: 1.375rem; letter-spacing: -.01em;
}
article { padding: 1.75rem 0 2rem; border-bottom: 1px solid var(--line) }
article:last-child { border-bottom: 0 }
h3 { margin: 0 0 .5rem; font-size: 1.125rem; display: flex; flex-wrap: wrap; gap: 0 .75rem }
h3 .anchor { color: var(--faint); font-size: .8125rem; font-weight: 400; align-self: center }
h4 {
  margin: 1.5rem 0 .5rem; font-size: .75rem; font-weight: 600; color: var(--faint);
  text-transform: uppercase; letter-spacing: .06em;
}
p { margin: 0 0 .75rem; max-width: 46rem }
code, pre { font-family: var(--mono); font-size: .875em }
.path {
  padding: .5rem .75rem; max-width: none; background: var(--raised); border: 1px solid var(--line);
  border-radius: 8px; overflow-wrap: anywhere;
}
.method { font: 600 .6875rem var(--mono); color: var(--faint); flex: none; min-width: 2.75rem }
.get { color: var(--get) } .post { color: var(--post) } .patch { color: var(--patch) }
pre {
  margin: 0; padding: 1rem; overflow-x: auto; line-height: 1.5; background: var(--raised);
  border: 1px solid var(--line); border-radius: 8px;
}
.table { overflow-x: auto }
table { width: 100%; border-collapse: collapse; font-size: .9375rem }
th, td {
  padding: .5rem .75rem .5rem 0; text-align: left; vertical-align: top;
  border-top: 1px solid var(--line); overflow-wrap: anywhere;
}
th { width: 13rem; font-weight: 400 }
.answers th { width: 4rem }
td .table { margin-top: .5rem; padding-left: .75rem; border-left: 2px solid var(--line) }
em { font-style: normal; font-size: .75rem; color: var(--warn) }
small { font-size: .8125rem; color: var(--faint) }
.type { color: var(--faint) }
.status { font: 600 .875rem var(--mono) }
.s2 { color: var(--good) } .s4 { color: var(--warn) } .s5 { color: var(--bad) }
.formats { margin: 0; padding: 0; list-style: none }
.formats li { padding: .25rem 0 }
details { border-bottom: 1px solid var(--line) }
summary { padding: .75rem 0; cursor: pointer }
details[open] { padding-bottom: 1.25rem }
details > div { scroll-margin-top: 3.5rem }
@media (max-width: 56rem) {
  body { display: block }
  nav { position: static; height: auto; max-height: 40vh; border-right: 0;
    border-bottom: 1px solid var(--line) }
  th { width: 9rem }
}
`
