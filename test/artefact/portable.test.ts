import { expect, test } from 'vitest'
import { commandText, withoutFolders } from '#artefact/portable'

test.each([
  [
    'OpenBLAS 0.3.21 (Haswell), /usr/lib/x86_64-linux-gnu/libopenblas.so.0',
    'OpenBLAS 0.3.21 (Haswell), libopenblas.so.0',
  ],
  ['read from /home/me/data/', 'read from data'],
  [String.raw`C:\Users\me\x.csv`, 'x.csv'],
  ['--train=/a/b/c.csv', '--train=c.csv'],
  ['https://host.example/a/b', 'https://host.example/a/b'],
  ['../shared/mnist and a/b', '../shared/mnist and a/b'],
  ['3 / 4, 1/2', '3 / 4, 1/2'],
])('%s becomes %s', (text, expected) => {
  expect(withoutFolders(text)).toBe(expected)
})

test('a command reads as it is typed, without the folders of absolute paths', () => {
  const words = ['retort', 'distill', '/home/me/My Data/mnist', '-o', "it's", '--train=/x/y', '--ipc', '1']
  expect(commandText(words)).toBe(String.raw`retort distill mnist -o 'it'\''s' --train=y --ipc 1`)
})
