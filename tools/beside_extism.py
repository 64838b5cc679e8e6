"""What a call costs in Extism, for docs/performance.md: `pip install extism wasmtime`, then `python3 tools/beside_extism.py`.

The plugin takes a message of 200 bytes and gives 64 back, and does nothing else. Times are of the processor, in microseconds: the median.
"""

import statistics
import time

import extism
import wasmtime

PLUGIN = """(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (func (export "handle") (result i32)
    (call $output (call $alloc (i64.const 64)) (i64.const 64))
    (i32.const 0))
  (memory (export "memory") 16))"""
MANIFEST = {"wasm": [{"data": bytes(wasmtime.wat2wasm(PLUGIN))}]}
MESSAGE = b"x" * 200


def median(call, times):
    def once():
        began = time.process_time_ns()
        call()
        return time.process_time_ns() - began

    return statistics.median(once() for _ in range(times)) / 1000


living = extism.Plugin(MANIFEST)
living.call("handle", MESSAGE)
print("Extism", extism.extism_version())
print(f"a call of a living plugin: {median(lambda: living.call('handle', MESSAGE), 5000):.1f} µs")
print(f"a plugin of its own for a call: {median(lambda: extism.Plugin(MANIFEST).call('handle', MESSAGE), 300):.0f} µs")
