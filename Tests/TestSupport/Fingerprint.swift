import Foundation

/// Hashes of bytes.
public enum Fingerprint {
    /// FNV-1a, 64 bits.
    public static func fnv1a(_ bytes: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        bytes.withUnsafeBytes { raw in
            var index = 0
            while index < raw.count {
                hash = (hash ^ UInt64(raw[index])) &* 0x100_0000_01B3
                index += 1
            }
        }
        return hash
    }

    /// SHA-256 (FIPS 180-4), lower-case hexadecimal.
    public static func sha256(_ bytes: [UInt8]) -> String {
        var state: [UInt32] = [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
        ]
        var tail = Array(bytes[(bytes.count / 64 * 64)...]) + [0x80]
        while tail.count % 64 != 56 { tail.append(0) }
        let bits = UInt64(bytes.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        let schedule = UnsafeMutablePointer<UInt32>.allocate(capacity: 64)
        defer { schedule.deallocate() }
        func compress(_ block: UnsafeRawPointer) {
            var index = 0
            while index < 16 {
                schedule[index] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
                index += 1
            }
            while index < 64 {
                let a = schedule[index - 15]
                let b = schedule[index - 2]
                let s0 = (a >> 7 | a << 25) ^ (a >> 18 | a << 14) ^ (a >> 3)
                let s1 = (b >> 17 | b << 15) ^ (b >> 19 | b << 13) ^ (b >> 10)
                schedule[index] = schedule[index - 16] &+ s0 &+ schedule[index - 7] &+ s1
                index += 1
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            var (e, f, g, h) = (state[4], state[5], state[6], state[7])
            index = 0
            while index < 64 {
                let s1 = (e >> 6 | e << 26) ^ (e >> 11 | e << 21) ^ (e >> 25 | e << 7)
                let t1 = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ roundConstants[index] &+ schedule[index]
                let s0 = (a >> 2 | a << 30) ^ (a >> 13 | a << 19) ^ (a >> 22 | a << 10)
                let t2 = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
                (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
                index += 1
            }
            for (place, word) in [a, b, c, d, e, f, g, h].enumerated() { state[place] = state[place] &+ word }
        }
        bytes.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return }
            for block in 0..<bytes.count / 64 { compress(base + block * 64) }
        }
        tail.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return }
            for block in 0..<tail.count / 64 { compress(base + block * 64) }
        }
        return state.map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 8 - text.count) + text
        }.joined()
    }

    private static let roundConstants: [UInt32] = {
        // Fractional parts of the cube roots of the first 64 primes, by integers: floor(cbrt(p) 2^32) mod 2^32.
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            var low: UInt64 = 0
            var high: UInt64 = 1 << 36
            while high - low > 1 {
                let middle = (low + high) / 2
                // middle^3 <= prime 2^96, with 128-bit products.
                let square = middle.multipliedFullWidth(by: middle)
                let lowPart = square.low.multipliedFullWidth(by: middle)
                let total = square.high * middle + lowPart.high
                if total < prime << 32 { low = middle } else { high = middle }
            }
            return UInt32(truncatingIfNeeded: low)
        }
    }()
}
