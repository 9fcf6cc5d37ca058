import { chooseBlas } from '#linalg/provider'
import { setTimeout as pause } from 'node:timers/promises'
const { blas } = await chooseBlas({ provider: 'native', threads: 2 })
const wasm = process.argv[2] ? (await chooseBlas({ provider: 'wasm', threads: 2 })).blas : undefined
for (const [n, T] of [[256,Float64Array],[1024, Float32Array],[1024, Float64Array]]) {
  const a={rows:n,cols:n,data:new T(n*n).fill(1.1)}, b={rows:n,cols:n,data:new T(n*n).fill(0.9)}, c={rows:n,cols:n,data:new T(n*n)}
  for (const p of [0,60]) for (const given of [false,true]) {
  const r=[]
  for(let i=0;i<10;i++){ if (wasm) await wasm.gemm(a,b); if(p) await pause(p); const s=[]; for(let j=0;j<4;j++){const t=performance.now();await blas.gemm(a,b,given?{c}:{});s.push((performance.now()-t).toFixed(1))} r.push(s.join('/'))}
  console.log(n,T.name,'pause',p,'given c',given,r.slice(5).join('  '))
  }
}
await blas.close(); await wasm?.close()
