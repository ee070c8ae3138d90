// Streamlit would ask for its server below the page's own path first, and get two errors.
const home = new URL('.', location)
window.__streamlit = { BACKEND_BASE_URL: home.href }

// Whether signing in leads back to where the page is now; browser.js says so once it is drawn.
window.syncDeskComeBack = keep => {
  const wanted = location.pathname + location.search
  if (keep) sessionStorage.setItem('sync-desk-wanted', `${Date.now()} ${wanted}`)
  else sessionStorage.removeItem('sync-desk-wanted')
}

// Signing in leads to the first page: from there to the one that was asked for within the hour.
if (location.href === home.href) {
  const [at, wanted] = (sessionStorage.getItem('sync-desk-wanted') ?? '').split(' ')
  window.syncDeskComeBack(false)
  const there = wanted && new URL(wanted, home)
  if (there && there.origin === home.origin && Date.now() - at < 3600000) {
    history.replaceState(null, '', there)
  }
} else {
  // Who is fast signs in before browser.js can say whether there is anything to come back to.
  window.syncDeskComeBack(true)
}

// Tables and charts write numbers as the browser's languages do. The page's comes first, or 1.192 and
// 1,192 would stand on one page.
const languages = navigator.languages
Object.defineProperty(navigator, 'languages', {
  get: () => {
    const asked = new URLSearchParams(location.search).get('lang')
    return [asked?.match(/^[a-z]{2}/i)?.[0] ?? document.documentElement.lang, ...languages]
  }
})

// What a reader does is one step for Back, whatever the page adds to its address because of it.
// Streamlit makes each change a step, and of a way to another page two.
const push = history.pushState.bind(history)
let acted = false
history.pushState = (...entry) => {
  if (acted) push(...entry)
  else history.replaceState(...entry)
  acted = false
}
for (const kind of ['pointerdown', 'keydown', 'click']) {
  addEventListener(kind, () => (acted = true), true)
}
addEventListener('popstate', () => (acted = false), true)

// A table waits 150 ms before it tells which cell or header was clicked, in case more are selected.
// Of ours one can be, so a press is told at once; keys that walk from cell to cell wait as ever.
const later = window.setTimeout.bind(window)
let pressed = false
for (const kind of ['pointerdown', 'mousedown']) {
  addEventListener(kind, event => {
    if (pressed || !event.target.closest?.('[data-testid=stDataFrame]')) return
    pressed = true
    later(() => (pressed = false))
  }, true)
}
window.setTimeout = (act, delay, ...given) =>
  later(act, pressed && delay === 150 ? 0 : delay, ...given)

// A click is answered in many messages, and a browser draws whatever has come as soon as it can. So
// they are handed on together: with a run's last one, which says nothing in two bytes, or when a run
// has gone on for a while.
const most = 50 // milliseconds
window.WebSocket = class extends window.WebSocket {
  #held = []
  #passing = false
  #due

  constructor(...given) {
    super(...given)
    this.addEventListener('message', event => this.#take(event))
    this.addEventListener('close', () => this.#pass())
  }

  #take(event) {
    if (this.#passing) return
    event.stopImmediatePropagation()
    this.#held.push(event.data)
    if (event.data.byteLength === 2) this.#pass()
    else this.#due ??= later(() => this.#pass(), most)
  }

  #pass() {
    clearTimeout(this.#due)
    this.#due = undefined
    this.#passing = true
    for (const data of this.#held.splice(0)) {
      this.dispatchEvent(new MessageEvent('message', { data }))
    }
    this.#passing = false
  }
}

// Streamlit takes no "/" for a shortcut.
addEventListener('keydown', event => {
  const typing = event.target.closest?.('input, textarea, [contenteditable=true]')
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typing) return
  const button = document.querySelector('.st-key-search button')
  if (button) {
    event.preventDefault()
    button.click()
  }
})
