// The status in a chat window, or nothing: docs/embeds.md
{
const doc = document, script = doc.currentScript, { language, target } = script.dataset
const make = (tag, textContent, more) => Object.assign(doc.createElement(tag), { textContent, ...more })
const host = make('div'), root = host.attachShadow({ mode: 'open' }), box = make('div')
let wait = 12e4, due = 0, known, shown = ''

const get = async path => (await fetch(new URL(path, script.src), { cache: 'no-cache' })).json()
const load = async () => {
  let found = await get('widget.json')
  if (found.mark) for (const wish of [language, doc.documentElement.lang, ...navigator.languages]) {
    const code = wish && found.languages.find(one => one.slice(0, 2) == wish.slice(0, 2).toLowerCase())
    if (!code) continue
    if (code != found.language) found = await get(`widget/${code}.json`).catch(() => found)
    break
  }
  known = found
}
const show = () => {
  if (host.isConnected) ;
  else if (target) doc.querySelector(target)?.prepend(host)
  else script.closest('body') ? script.before(host) : doc.body.prepend(host)
  const { mark, until, url, words, ...told } = known
  const age = until ? Date.now() - Date.parse(until) : -1
  const rows = age < 0 ? ['sentence', 'cause', 'back', 'workaround'].map(key => [words[key], told[key]])
    : [['', words.stale], [words.last, told.sentence]]
  const now = mark && age < 864e5 ? rows + url : ''
  if (now == shown) return
  shown = now
  box.replaceChildren()
  if (!now) return
  box.lang = told.language
  const icon = box.appendChild(make('i'))
  icon.style.backgroundColor = age < 0 ? mark[0] : '#7d858e'
  icon.style.clipPath = `path(evenodd,'${mark[1]}')`
  for (const [word, text] of rows)
    if (text) box.appendChild(make('p', text)).prepend(word ? make('b', word + ' ') : '')
  if (/^https?:/.test(url)) box.append(make('a', words.more, { href: url, target: '_blank' }))
}
const beat = async () => {
  if (doc.hidden) return
  if (Date.now() >= due) {
    due = Date.now() + wait
    try {
      await load()
      due = Date.now() + (wait = 12e4)
    } catch { wait = Math.min(wait * 2, 18e5) }
  }
  timer && known?.words && show()
}

try {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(':host{display:contents}div{font:.875rem/1.4 system-ui,sans-serif}div:empty{position:absolute}div:not(:empty){display:grid;grid:auto/auto 1fr;gap:.1em .6em;margin:.5em;padding:.6em .8em;border:1px solid #8886;border-radius:12px;overflow-wrap:anywhere;color:light-dark(#17191c,#eceef0);background:light-dark(#f4f4f1,#1c2127)}i{width:16px;height:16px;margin-top:.1em}p,a{grid-column:2;margin:0;color:inherit}i+p{grid-row:1;font-weight:600}@media(max-width:480px){div{font-size:.8125rem}}')
  root.adoptedStyleSheets = [sheet]
} catch {}
box.dir = 'auto'
box.role = 'status'
root.append(box)
window.statuspage?.stop?.()
let timer = setInterval(beat, 5e3)
window.statuspage = { show: beat, stop: () => { timer = clearInterval(timer); host.remove() } }
beat()
}
