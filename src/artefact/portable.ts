/** An absolute path of Unix or Windows inside a text; not the `//host/path` of a URL. */
const absolutePath = /(^|[\s=,;('"])((?:[A-Za-z]:)?[\\/](?:[^\\/\s,;'")]+[\\/])*)([^\\/\s,;'")]*)/g

/**
 * A text without the folders of absolute paths, which differ between machines and tell of their owner:
 * `/home/me/mnist` becomes `mnist`. Relative paths stay.
 */
export function withoutFolders(text: string): string {
  return text.replace(absolutePath, (whole, before: string, folders: string, name: string) =>
    name === '' ? `${before}${lastPart(folders) ?? whole.slice(before.length)}` : `${before}${name}`,
  )
}

/** A command line as one would type it, absolute paths reduced to their last part. */
export function commandText(words: readonly string[]): string {
  return words
    .map((word) => quoted(isAbsolute(word) ? (lastPart(word) ?? word) : withoutFolders(word)))
    .join(' ')
}

function isAbsolute(word: string): boolean {
  return /^(?:[A-Za-z]:)?[\\/]/.test(word)
}

function lastPart(path: string): string | undefined {
  return path.split(/[\\/]+/).findLast((part) => part !== '' && !part.endsWith(':'))
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
