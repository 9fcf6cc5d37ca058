import { expect, test } from 'vitest'
import { createLane } from '#linalg/native/lane'
import type { NativeFunction } from '#linalg/native/routines'

const tiny = 1
const small = 2e7
const large = 1e12

/** A library that records what runs, with how many threads, and whether two calls ever overlap. */
function recorded() {
  const log: string[] = []
  let threads = 0
  let running = 0
  const info = {
    name: 'call',
    arguments: [],
    result: { name: 'void', primitive: 'Void', size: 0, alignment: 0, disposable: false },
  } as const
  const native = (name: string, fails = false): NativeFunction =>
    Object.assign(
      () => {
        log.push(`${name} here with ${threads}`)
        return threads
      },
      {
        async: (...args: unknown[]) => {
          const callback = args.at(-1)
          log.push(`${name} on the pool with ${threads}, ${running} beside it`)
          running++
          setTimeout(() => {
            running--
            if (typeof callback === 'function') callback(fails ? new Error(name) : null, threads)
          }, 2)
        },
        info: { ...info, arguments: [] },
      },
    )
  const lane = createLane({
    adjustable: true,
    set: (count) => {
      threads = Math.min(count, 4)
    },
    get: () => threads,
  })
  return { lane, log, native }
}

test('every call runs with the threads of its own provider, large ones one after another', async () => {
  const { lane, log, native } = recorded()
  await Promise.all([
    lane.run(1, large, native('a'), []),
    lane.run(2, large, native('b'), []),
    lane.run(1, large, native('c'), []),
  ])
  await lane.run(2, small, native('d'), [])
  expect(log).toEqual([
    'a on the pool with 1, 0 beside it',
    'b on the pool with 2, 0 beside it',
    'c on the pool with 1, 0 beside it',
    'd here with 2',
  ])
})

test('a small call runs at once, unless a large one is under way', async () => {
  const { lane, log, native } = recorded()
  expect(lane.run(3, small, native('alone'), [])).toBe(3)
  const first = lane.run(3, large, native('large'), [])
  const second = lane.run(3, small, native('small'), [])
  expect(log).toHaveLength(2)
  await Promise.all([first, second])
  expect(log.slice(1)).toEqual([
    'large on the pool with 3, 0 beside it',
    'small on the pool with 3, 0 beside it',
  ])
})

test('a tiny call has one thread, whether it runs at once or waits for its turn', async () => {
  const { lane, log, native } = recorded()
  expect(lane.run(3, tiny, native('alone'), [])).toBe(1)
  await Promise.all([lane.run(3, large, native('large'), []), lane.run(3, tiny, native('late'), [])])
  expect(log).toEqual([
    'alone here with 1',
    'large on the pool with 3, 0 beside it',
    'late on the pool with 1, 0 beside it',
  ])
})

test('a failed call rejects and lets the next one run', async () => {
  const { lane, log, native } = recorded()
  const failed = lane.run(1, large, native('bad', true), [])
  const next = lane.run(1, large, native('good'), [])
  await expect(failed).rejects.toThrow('bad')
  await expect(next).resolves.toBe(1)
  await lane.idle()
  expect(log).toHaveLength(2)
})

test('the threads asked for are limited by the library', async () => {
  const { lane } = recorded()
  expect(await lane.threadsOf(2)).toBe(2)
  expect(await lane.threadsOf(100)).toBe(4)
})

test('calls apart run beside one another with one thread each, but beside no other call', async () => {
  const { lane, log, native } = recorded()
  const apart = (name: string, work = large) => lane.runApart(2, work, native(name), [])
  const calls = [apart('a'), apart('b'), apart('c'), lane.run(3, large, native('alone'), []), apart('d')]
  expect(lane.runApart(2, tiny, native('small'), [])).toBe(1)
  await Promise.all(calls)
  await lane.idle()
  expect(log).toEqual([
    'a on the pool with 1, 0 beside it',
    'b on the pool with 1, 1 beside it',
    'small here with 1',
    'c on the pool with 1, 1 beside it',
    'alone on the pool with 3, 0 beside it',
    'd on the pool with 1, 0 beside it',
  ])
})

test('a small call apart waits for one that has all threads', async () => {
  const { lane, log, native } = recorded()
  const calls = [lane.run(3, large, native('all'), []), lane.runApart(2, tiny, native('small'), [])]
  await Promise.all(calls)
  expect(log).toEqual(['all on the pool with 3, 0 beside it', 'small on the pool with 1, 0 beside it'])
})
