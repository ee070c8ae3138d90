// In the line of a list a comma adds what was typed, as Enter does. What is typed meanwhile stays:
// the line is emptied here, and the server leaves a text that ends with a comma alone.
const LINE = '[class*=st-key-field-][class*=-line] input'
const page = (window.syncDeskComma ??= { watched: false })

function write(input, text) {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text)
  input.dispatchEvent(new Event('input', { bubbles: true }))
}

function add(event) {
  const input = event.target
  if (event.key !== ',' || event.isComposing || !input.matches?.(LINE)) return
  const begun = input.value.slice(0, input.selectionStart)
  const quoted = begun.split('"').length % 2 === 0
  if (quoted || input.selectionStart < input.value.length || !begun.trim()) return
  event.preventDefault()
  write(input, `${input.value},`)
  input.blur()
  write(input, '')
  input.focus()
}

export default function () {
  if (page.watched) return
  page.watched = true
  document.addEventListener('keydown', add, true)
}
