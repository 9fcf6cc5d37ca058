/** Reads the exact arrays with NumPy alone; run in the artefact folder. */
export const readTensorsInPython = `import json
import numpy as np

def tensors(path):
    """The arrays of a safetensors file by name, and its metadata."""
    with open(path, "rb") as file:
        raw = file.read()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    metadata = header.pop("__metadata__", {})
    kinds = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "U16": "<u2", "U8": "u1"}
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        values = np.frombuffer(raw[start + first : start + last], kinds[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"])
    if "grid" in arrays:
        offset, step = arrays.pop("grid")
        arrays["points"] = offset + step * arrays["points"]
    return arrays, metadata
`
