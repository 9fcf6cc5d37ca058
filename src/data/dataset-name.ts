/** What a dataset is called after its path: the last part, without the extensions of data files. */
export function datasetName(path: string): string {
  const name = path.replace(/[/\\]+$/, '').replace(/^.*[/\\]/, '')
  return name.replace(/\.gz$/i, '').replace(/\.(csv|tsv|tab|txt|data|tra|parquet|pq)$/i, '') || name
}
