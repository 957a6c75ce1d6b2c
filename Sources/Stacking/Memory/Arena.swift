/// The memory of an engine: one anonymous mapping, made before the first read. Whoever needs a part of it says how many bytes through a
/// `Layout`, by which the ledger counts it while planning and the arena hands it out when the run begins: what is counted is what is made.
package final class Arena {
    private let buffer: Buffer
    private var used = 0

    package init(bytes: Int, _ what: String) throws(StackingError) { buffer = try Buffer.make(bytes, what) }

    /// The next piece, zero until it is written. Asking for more than was counted is a mistake of the program.
    package func take(_ layout: Layout) -> Piece {
        precondition(used + layout.bytes <= buffer.count, "more memory is taken than the ledger counts")
        defer { used += layout.bytes }
        return Piece(buffer: buffer, range: used..<used + layout.bytes)
    }

    /// Bytes that have been handed out.
    var bytesTaken: Int { used }

    /// Where the parts of a piece lie, each from a cache line's beginning on.
    package struct Layout {
        package private(set) var bytes = 0

        package init() {}

        package mutating func add<Element>(_ count: Int, _ type: Element.Type) -> Part<Element> {
            defer { bytes += (count * MemoryLayout<Element>.stride + 63) & ~63 }
            return Part(offset: bytes)
        }
    }

    /// Place of an array of `Element` in a piece.
    package struct Part<Element> {
        fileprivate let offset: Int
    }

    /// A piece that was handed out; it keeps the arena's memory.
    package struct Piece {
        fileprivate let buffer: Buffer
        fileprivate let range: Range<Int>

        package var base: UnsafeMutableRawPointer { buffer.base + range.lowerBound }

        package subscript<Element>(part: Part<Element>) -> UnsafeMutablePointer<Element> {
            (base + part.offset).assumingMemoryBound(to: Element.self)
        }

        /// Gives whole pages of a part of the piece back to the system.
        package func discard(_ part: Range<Int>) {
            buffer.discard(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
        }
    }
}
