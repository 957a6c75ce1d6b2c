internal import Glibc

/// Hands bands of rows to the pixel threads and finished pieces of them to the writer. One lock, taken once a piece.
///
/// Bands get shorter towards the end, so that the threads end together; a row that two bands share is read for each of them.
final class BandQueue: @unchecked Sendable {
    package struct Piece {
        package var tile: Tile
        package var output: Int
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let threads: Int
    private let shortest: Int
    // Guarded by `mutex`.
    private var left: Range<Int>
    private var pieceRows: Int
    private var free: [Int]
    private var finished: [Piece] = []
    private var working: Int
    private var stopped = false
    private var failure: StackingError?

    /// - Parameters:
    ///   - rows: of the output, all of them.
    ///   - pieceRows: rows that are worked on at once.
    ///   - shortest: no band is shorter, but for the last.
    ///   - outputs: how many pieces of output there is room for.
    package init(rows: Range<Int>, pieceRows: Int, shortest: Int, threads: Int, outputs: Int) {
        left = rows
        self.pieceRows = pieceRows
        self.shortest = max(1, shortest)
        self.threads = threads
        free = Array((0..<outputs).reversed())
        finished.reserveCapacity(outputs)
        working = threads
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    // MARK: Pixel threads

    /// The next band; nil when there is none, or the run stops.
    func band() -> Range<Int>? {
        locked {
            guard !stopped, !left.isEmpty else { return nil }
            let wanted = max(shortest, left.count / (2 * threads))
            // Whole pieces, as far as there are rows.
            let rows = min(left.count, (wanted + pieceRows - 1) / pieceRows * pieceRows)
            defer { left = left.lowerBound + rows..<left.upperBound }
            return left.lowerBound..<left.lowerBound + rows
        }
    }

    /// Room for a piece, and how many rows it may have; waits for the writer. nil when the run stops.
    package func room() -> (output: Int, rows: Int)? {
        locked {
            while free.isEmpty, !stopped { pthread_cond_wait(changed, mutex) }
            guard !stopped, let output = free.popLast() else { return nil }
            return (output, pieceRows)
        }
    }

    package func finish(_ tile: Tile, _ output: Int) {
        locked {
            finished.append(Piece(tile: tile, output: output))
            pthread_cond_broadcast(changed)
        }
    }

    /// A pixel thread has no more to do, or cannot go on.
    package func leave(_ error: StackingError?) {
        locked {
            working -= 1
            if let error {
                failure = failure ?? error
                stopped = true
            }
            pthread_cond_broadcast(changed)
        }
    }

    // MARK: The writer

    /// The next finished piece; waits for it. nil when all are done, or the run stops.
    package func next() -> Piece? {
        locked {
            while finished.isEmpty, working > 0, !stopped { pthread_cond_wait(changed, mutex) }
            return finished.isEmpty || stopped ? nil : finished.removeFirst()
        }
    }

    func giveBack(_ output: Int) {
        locked {
            free.append(output)
            pthread_cond_broadcast(changed)
        }
    }

    func shorten(to rows: Int) { locked { pieceRows = rows } }

    package func stop() {
        locked {
            stopped = true
            pthread_cond_broadcast(changed)
        }
    }

    package var error: StackingError? { locked { failure } }
}
