// What only the browser can do for a page. It is called with each run of the page; what it watches
// is watched once a tab.
const page = (window.syncDeskPage ??= {
  session: '', tell: null, returns: 0, words: {}, watched: false, end: 0
})

export default function ({ data, setStateValue }) {
  document.documentElement.lang = data.lang
  if (data.person) {
    document.cookie = `${data.cookie}=${data.person}; path=/; max-age=31536000; samesite=strict`
  }
  window.syncDeskComeBack?.(data.come_back) // a tab that was open over an update has none
  clearTimeout(page.end)
  if (data.left !== null) {
    const ended = () => page.tell('back', `${page.session} ${page.returns += 1}`)
    page.end = setTimeout(ended, data.left * 1000 + 500)
  }
  if (data.again) location.reload()
  if (data.go) location.assign(data.go)
  page.session = data.session
  page.tell = setStateValue
  page.words = data.words
  if (!page.watched) {
    page.watched = true
    watchLine(document.querySelector('[data-testid=stApp]'))
    const attributeFilter = ATTRIBUTES
    const everything = { childList: true, characterData: true, subtree: true, attributeFilter }
    new MutationObserver(changes => changes.forEach(translated)).observe(document.body, everything)
    translate(document.body)
  }
}

// Streamlit's own words in the reader's language. What pages and records say is left alone.
const ATTRIBUTES = ['aria-label', 'placeholder', 'title']
const OURS = 'script, style, [data-testid=stMarkdownContainer], [data-testid=stIconMaterial]'
const DATA = '[role=grid], [role=option], [role=tree], textarea'

// A page whose line was gone may stand before a session that knows none of its buttons. It is drawn
// again before anybody can press one; with the session that drew it, Python knows which case it is.
function watchLine(app) {
  let gone = false
  let drawing = ''
  let held = ''
  const tell = () => page.tell('back', `${page.session} ${page.returns}${held}`)
  const drawn = () => {
    drawing = ''
    document.body.ariaBusy = null
    if (held) tell()
    held = ''
  }
  const look = () => {
    const { testConnectionState: line, testScriptState: script } = app.dataset
    if (line !== 'CONNECTED') {
      gone = true
      document.body.ariaBusy = 'true'
    } else if (gone) {
      gone = false
      drawing = 'asked'
      page.returns += 1
      tell()
      setTimeout(() => drawing && drawn(), 10000)
    } else if (drawing && script !== 'notRunning') {
      drawing = 'begun'
    } else if (drawing === 'begun') {
      drawn()
    }
  }
  const attributeFilter = ['data-test-connection-state', 'data-test-script-state']
  new MutationObserver(look).observe(app, { attributeFilter })
  const hold = event => {
    const typed = event.key?.length === 1 && event.target.matches('input, textarea')
    if (!drawing || typed) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (event.type === 'click' || event.key === 'Enter') held = ' held'
  }
  for (const kind of ['pointerdown', 'mousedown', 'click', 'keydown']) {
    document.addEventListener(kind, hold, true)
  }
}

function word(text) {
  const [head, ...name] = text.split(': ')
  if (page.words[text]) return page.words[text]
  if (name.length && page.words[head]) return [page.words[head], ...name].join(': ')
  for (const [foreign, own] of Object.entries(page.words)) {
    const before = foreign.replace('{name}', '')
    if (before !== foreign && text.startsWith(before)) {
      return own.replace('{name}', text.slice(before.length))
    }
  }
  return text
}

function translated({ type, target, addedNodes }) {
  if (type === 'childList') addedNodes.forEach(translate)
  else translate(target)
}

function translate(node) {
  const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node
  if (!element?.closest || element.closest(DATA)) return
  if (node.nodeType !== Node.TEXT_NODE) {
    for (const name of ATTRIBUTES) {
      const text = node.getAttribute(name)
      if (text && word(text) !== text) node.setAttribute(name, word(text))
    }
    node.childNodes.forEach(translate)
  } else if (!element.closest(OURS) && word(node.data) !== node.data) {
    node.data = word(node.data)
  }
}
