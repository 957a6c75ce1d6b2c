import CKernels
import Glibc

/// A row that stays in the second-level cache, as rows of a strip do.
let rowSamples = 16384

func printFloors() {
    let bytes = rowSamples * 4
    let from = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    let to = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer {
        from.deallocate()
        to.deallocate()
    }
    memset(from, 1, bytes)
    let copy = leastSeconds(rounds: 1000) { memcpy(to, from, bytes) }
    let big = 64 << 20
    let bigFrom = UnsafeMutableRawPointer.allocate(byteCount: big, alignment: 64)
    let bigTo = UnsafeMutableRawPointer.allocate(byteCount: big, alignment: 64)
    defer {
        bigFrom.deallocate()
        bigTo.deallocate()
    }
    memset(bigFrom, 1, big)
    memset(bigTo, 1, big)
    let bigCopy = leastSeconds { memcpy(bigTo, bigFrom, big) }
    let read = leastSeconds { if memchr(bigFrom, 2, big) != nil { print("found") } }
    print(
        "floors: memcpy of 64 KiB", text(Double(bytes) / copy * 1e-9, 1), "GB/s, of 64 MiB",
        text(Double(big) / bigCopy * 1e-9, 1), "GB/s; reading 64 MiB", text(Double(big) / read * 1e-9, 1), "GB/s")
    memcpySeconds = copy
}

nonisolated(unsafe) var memcpySeconds = 1.0

/// One kernel over a row: ns a sample, GB/s of what it reads, and the time of copying as many float32.
private func line(_ variant: String, _ name: String, bytesPerSample: Int, _ body: () -> Void) {
    let seconds = leastSeconds(rounds: 200, body)
    print(
        padded(variant, 10), padded(name, 30), text(seconds / Double(rowSamples) * 1e9, 3), "ns/sample",
        text(Double(rowSamples * bytesPerSample) / seconds * 1e-9, 1), "GB/s in", text(seconds / memcpySeconds, 2),
        "x memcpy")
}

func benchmarkRows(_ kernels: ms_kernels) {
    let n = rowSamples
    let name = String(cString: kernels.name)
    let raw = UnsafeMutablePointer<UInt8>.allocate(capacity: n * 8 + 64)
    let row0 = UnsafeMutablePointer<Float>.allocate(capacity: n + 64)
    let row1 = UnsafeMutablePointer<Float>.allocate(capacity: n + 64)
    let out = UnsafeMutablePointer<Float>.allocate(capacity: n + 64)
    let sum = UnsafeMutablePointer<Double>.allocate(capacity: n)
    let count = UnsafeMutablePointer<Int32>.allocate(capacity: n)
    let frames = 8
    let columns = UnsafeMutableRawPointer.allocate(byteCount: n * frames * 4, alignment: 64)
        .bindMemory(to: Float.self, capacity: n * frames)
    defer {
        raw.deallocate()
        for row in [row0, row1, out] { row.deallocate() }
        sum.deallocate()
        count.deallocate()
        columns.deallocate()
    }
    columns.initialize(repeating: 0, count: n * frames)
    for i in 0..<n * 8 { raw[i] = UInt8(truncatingIfNeeded: i &* 37 &+ i >> 8) & 0x3f }
    for i in 0..<n + 64 { (row0[i], row1[i], out[i]) = (Float(i % 1000), Float(i % 777), 0) }
    sum.initialize(repeating: 0, count: n)
    count.initialize(repeating: 0, count: n)

    var plain = ms_decode_params()
    plain.bscale = 1
    var unsigned16 = plain
    unsigned16.bzero = 32768
    var bounded = unsigned16
    bounded.flags = UInt32(MS_DECODE_BLANK | MS_DECODE_HIGH)
    bounded.blank = -32768
    bounded.high = 65000
    var scaled = plain
    (scaled.bscale, scaled.bzero) = (0.5, 1.25)
    line(name, "decode u8", bytesPerSample: 1) { kernels.decode_u8(raw, out, n, &plain) }
    line(name, "decode u16 (BZERO 32768)", bytesPerSample: 2) { kernels.decode_i16(raw, out, n, &unsigned16) }
    line(name, "decode u16, BLANK, threshold", bytesPerSample: 2) { kernels.decode_i16(raw, out, n, &bounded) }
    line(name, "decode i16 scaled", bytesPerSample: 2) { kernels.decode_i16(raw, out, n, &scaled) }
    line(name, "decode u16 into columns", bytesPerSample: 2) {
        kernels.decode_i16_columns(raw, n, columns, 3, frames, &unsigned16)
    }
    line(name, "decode i32", bytesPerSample: 4) { kernels.decode_i32(raw, out, n, &plain) }
    line(name, "decode i64", bytesPerSample: 8) { kernels.decode_i64(raw, out, n, &plain) }
    line(name, "decode f32", bytesPerSample: 4) { kernels.decode_f32(raw, out, n, &plain) }
    line(name, "decode f64", bytesPerSample: 8) { kernels.decode_f64(raw, out, n, &plain) }
    line(name, "bilinear x", bytesPerSample: 4) { kernels.bilinear_x(row0, 0.25, 0.75, out, n) }
    line(name, "bilinear xy", bytesPerSample: 8) { kernels.bilinear_xy(row0, row1, 0.1, 0.2, 0.3, 0.4, out, n) }
    line(name, "normalise", bytesPerSample: 4) { kernels.normalise(out, n, 1, 0.25) }
    line(name, "scatter", bytesPerSample: 4) { kernels.scatter(row0, n, columns, 3, frames) }
    var resample = ms_resample_params(
        taps: UInt32(MS_TAPS_XY), w00: 0.1, w10: 0.2, w01: 0.3, w11: 0.4, scale: 1, offset: 3.5)
    line(name, "bilinear xy+normalise+scatter", bytesPerSample: 8) {
        kernels.resample_columns(row0, row1, &resample, n, columns, 3, frames)
    }
    line(name, "accumulate sum", bytesPerSample: 4) { kernels.accumulate_sum(row0, n, sum, count) }
    line(name, "accumulate max", bytesPerSample: 4) { kernels.accumulate_max(row0, n, out, nil) }
}
