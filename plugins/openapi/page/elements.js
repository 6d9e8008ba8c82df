// Makes elements. Texts of the document become text nodes, never markup.

/** Returns an element with these attributes and children. Attributes that are false are left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(key, value === true ? '' : value)
  }
  made.append(...children.filter((child) => child !== undefined && child !== false && child !== ''))
  return made
}

/** Returns the paragraphs of a text in which backticks mark code, as in the descriptions of the document. */
export function prose(text = '') {
  return text
    .split('\n\n')
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => element('p', {}, ...withCode(paragraph)))
}

/** Returns a text as nodes: what stands between backticks as code. */
export function withCode(text = '') {
  return text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part))
}

/** Returns a value as formatted JSON. */
export function json(value) {
  return element('pre', {}, JSON.stringify(value, null, 2))
}
