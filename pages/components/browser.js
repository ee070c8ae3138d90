// What only the browser can do for a page. It is called with each run of the page; what it watches
// is watched once a tab.
const page = (window.syncDeskPage ??= { session: '', tell: null, returns: 0, watched: false })

export default function ({ data, setStateValue }) {
  document.documentElement.lang = data.lang
  document.cookie = `${data.cookie}=${data.person}; path=/; max-age=31536000; samesite=strict`
  if (!document.querySelector('meta[name=referrer]')) {
    const policy = { name: 'referrer', content: 'same-origin' }
    document.head.append(Object.assign(document.createElement('meta'), policy))
  }
  page.session = data.session
  page.tell = setStateValue
  if (!page.watched) {
    page.watched = true
    watchLine(document.querySelector('[data-testid=stApp]'))
    document.addEventListener('keydown', search)
  }
}

// A page whose line was gone may stand before a session that knows none of its buttons. It is drawn
// again before anybody can press one; with the session that drew it, Python knows which case it is.
function watchLine(app) {
  let gone = false
  let drawing = ''
  const look = () => {
    const { testConnectionState: line, testScriptState: script } = app.dataset
    if (line !== 'CONNECTED') {
      gone = true
    } else if (gone) {
      gone = false
      drawing = 'asked'
      page.returns += 1
      page.tell('back', `${page.session} ${page.returns}`)
      setTimeout(() => (drawing = ''), 10000)
    } else if (drawing && script !== 'notRunning') {
      drawing = 'begun'
    } else if (drawing === 'begun') {
      drawing = ''
    }
  }
  const attributeFilter = ['data-test-connection-state', 'data-test-script-state']
  new MutationObserver(look).observe(app, { attributeFilter })
  const hold = event => {
    const typed = event.key?.length === 1 && event.target.matches('input, textarea')
    if (drawing && !typed) {
      event.preventDefault()
      event.stopImmediatePropagation()
    }
  }
  for (const kind of ['pointerdown', 'mousedown', 'click', 'keydown']) {
    document.addEventListener(kind, hold, true)
  }
}

// Streamlit takes no "/" for a shortcut.
function search(event) {
  const typing = event.target.closest?.('input, textarea, [contenteditable=true], canvas')
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typing) return
  const button = document.querySelector('.st-key-search button')
  if (button) {
    event.preventDefault()
    button.click()
  }
}
