/** Text that is markup already and is not escaped again. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
}

type Part = Markup | string | number | false | undefined | readonly Part[]

/** Markup from a template; whatever is put in is escaped unless it is markup. Lists are joined, `false` is left out. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((text, literal, i) => text + rendered(parts[i - 1]) + literal))
}

/** A sentence in which names such as λ_S get their subscript. */
export function prose(text: string): Markup {
  return new Markup(
    escaped(text).replaceAll(/(?<![\p{L}\p{N}_])(\p{L}\p{M}*)_([A-Z])(?!\w)/gu, '$1<sub>$2</sub>'),
  )
}

export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character])
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function rendered(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Markup) return part.text
  if (typeof part === 'object') return part.map(rendered).join('')
  return escaped(String(part))
}
