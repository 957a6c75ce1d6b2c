import CKernels
import Glibc

// Micro-benchmarks of the kernels, one thread, beside the floors of the machine in the same run: memcpy and a read of
// the same bytes. Least of several rounds; a busy neighbour on the same core still shows.

let names = CommandLine.arguments.dropFirst()
let runnable = (0..<ms_kernels_count()).compactMap { ms_kernels_at($0)?.pointee }
let variants = runnable.filter { names.isEmpty || names.contains(String(cString: $0.name)) }
if variants.isEmpty {
    print("no such variant; this processor runs:", runnable.map { String(cString: $0.name) }.joined(separator: ", "))
    exit(64)
}

printFloors()
for kernels in variants { benchmarkRows(kernels) }
print("")
print("combine, columns of sky with noise, sigma 4 3 with counters of frames, unless said otherwise")
for kernels in variants { benchmarkCombine(kernels) }
