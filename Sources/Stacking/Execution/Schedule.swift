/// How the pixels are gone through.
public struct Schedule: Codable, Hashable, Sendable {
    /// Running accumulators, a chunk of frames at a time; else all frames of a strip at once.
    public var streams: Bool
    public var chunked: Bool
    public var requestedChunkSize: Int
    public var chunkSize: Int
    public var totalChunks: Int
    public var stripRows: Int
    /// Columns of a strip that are worked on at once; the width of the output unless memory is very short.
    public var stripColumns: Int
    public var strips: Int
    public var threads: Int
    /// 2: the next strip is read while this one is combined.
    public var buffers: Int
    /// Each thread reads and combines bands of its own; a strip is what it works on at once.
    package var bands = false
    /// Pixels of a row that a thread takes at once.
    package var blockPixels: Int
    /// 1 where all targets come from one read; else the first reads the inputs and every further one the scratch file.
    public var passes: Int
    /// Strips are never lower than this.
    package var fewestRows = 1

    package init(
        streams: Bool, chunked: Bool, requestedChunkSize: Int, chunkSize: Int, totalChunks: Int, stripRows: Int,
        stripColumns: Int, strips: Int, threads: Int, buffers: Int, bands: Bool = false, blockPixels: Int, passes: Int,
        fewestRows: Int = 1
    ) {
        self.streams = streams
        self.chunked = chunked
        self.requestedChunkSize = requestedChunkSize
        self.chunkSize = chunkSize
        self.totalChunks = totalChunks
        self.stripRows = stripRows
        self.stripColumns = stripColumns
        self.strips = strips
        self.threads = threads
        self.buffers = buffers
        self.bands = bands
        self.blockPixels = blockPixels
        self.passes = passes
        self.fewestRows = fewestRows
    }

    /// Strips of output that there is room for: with bands one a thread, one to be written, one on the way.
    package var outputs: Int { bands ? threads + StripSchedule.spareOutputs : buffers }
}
