import type { Progress } from '#core/progress'

const redrawMilliseconds = 80
const plainMilliseconds = 10_000

interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/**
 * One line of progress: redrawn in place in a terminal, otherwise a plain line at each new stage that lasts and
 * every ten seconds.
 */
export function progressLine(output: Output, quiet: boolean) {
  const terminal = output.isTTY === true && process.env.TERM !== 'dumb'
  let stage = ''
  let stageStart = 0
  let lastDrawn = Number.NEGATIVE_INFINITY
  let drawn = false

  return {
    show(progress: Progress): void {
      if (quiet) return
      const now = performance.now()
      const isNew = progress.stage !== stage
      if (isNew) {
        stage = progress.stage
        stageStart = now
        if (!terminal) lastDrawn = now
      }
      const pause = terminal ? redrawMilliseconds : plainMilliseconds
      if (!(isNew && terminal) && now - lastDrawn < pause) return
      lastDrawn = now
      const text = describeProgress(progress, (now - stageStart) / 1000)
      if (terminal) {
        output.write(`\r\u001B[2K${text.slice(0, (output.columns || 80) - 1)}`)
        drawn = true
      } else {
        output.write(`${text}\n`)
      }
    },
    settle(): void {
      if (drawn) output.write('\r\u001B[2K')
      drawn = false
    },
  }
}

/** e.g. `statistics  42 %  25 200 of 60 000 images · 180 000/s · 0.2 s left · loss 0.12`. */
export function describeProgress(progress: Progress, seconds: number): string {
  const { stage, done, total, unit = '', figure } = progress
  const parts: string[] = []
  const rate = seconds > 0.05 && done > 0 ? done / seconds : undefined
  if (total !== undefined && total > 0) {
    parts.push(`${((100 * done) / total).toFixed(0)} %  ${group(done)} of ${group(total)} ${unit}`.trimEnd())
  } else if (done > 0) {
    parts.push(`${group(done)} ${unit}`.trimEnd())
  }
  if (rate !== undefined) parts.push(`${group(Math.round(rate))}/s`)
  if (rate !== undefined && total !== undefined && done < total)
    parts.push(`${duration((total - done) / rate)} left`)
  if (figure) parts.push(`${figure.name} ${figure.value.toPrecision(4)}`)
  return `${stage.padEnd(11)} ${parts.join(' · ')}`.trimEnd()
}

export function group(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u2009')
}

export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 90) return `${seconds.toFixed(0)} s`
  return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`
}
