/// The hash of Fowler, Noll and Vo, 64 bits, variant 1a: the same on every machine. For names and to notice changes, not
/// against those who mean harm.
package struct FNV1a {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    /// Starts elsewhere, so that the same bytes get another hash.
    package init(variant: UInt8) { value ^= UInt64(variant) }

    package mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = FNV1a()
        for byte in bytes { hash.add(byte) }
        return hash.value
    }
}
