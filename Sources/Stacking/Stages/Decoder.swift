package import CKernels

/// Decodes raw samples of one frame to float32, no data as NaN: the kernel for its BITPIX and what it is told.
package struct Decoder: @unchecked Sendable {
    // Functions and numbers.
    package let function: ms_decode_fn
    /// The same, straight into column blocks.
    package let columns: ms_decode_columns_fn
    /// The same, added up.
    package let sum: ms_decode_sum_fn
    package var parameters: ms_decode_params
    package let bytesPerPixel: Int
    private let isInteger: Bool
    /// Whether no raw value is no data.
    package var isAlwaysValid: Bool {
        isInteger && parameters.flags & ~UInt32(MS_DECODE_UNSIGNED) == 0 && abs(parameters.bscale) <= 1e10
            && abs(parameters.bzero) <= 1e20
    }

    package init(_ format: SampleFormat, _ decoding: Decoding, _ kernels: PixelKernels) throws(StackingError) {
        let table = kernels.table.pointee
        let found: (ms_decode_fn?, ms_decode_columns_fn?, ms_decode_sum_fn?) =
            switch format.bitpix {
            case 8: (table.decode_u8, table.decode_u8_columns, table.decode_u8_sum)
            case 16: (table.decode_i16, table.decode_i16_columns, table.decode_i16_sum)
            case 32: (table.decode_i32, table.decode_i32_columns, table.decode_i32_sum)
            case 64: (table.decode_i64, table.decode_i64_columns, table.decode_i64_sum)
            case -32: (table.decode_f32, table.decode_f32_columns, table.decode_f32_sum)
            case -64: (table.decode_f64, table.decode_f64_columns, table.decode_f64_sum)
            default: (nil, nil, nil)
            }
        guard let row = found.0, let columns = found.1, let sum = found.2 else {
            throw StackingError(.unsupported, "BITPIX \(format.bitpix) is none of FITS")
        }
        function = row
        self.columns = columns
        self.sum = sum
        isInteger = format.bitpix > 0
        bytesPerPixel = format.bytesPerPixel
        parameters = ms_decode_params()
        parameters.bscale = format.bscale
        parameters.bzero = format.bzero
        var flags = 0
        if let blank = format.blank {
            parameters.blank = blank
            flags |= Int(MS_DECODE_BLANK)
        }
        if let low = decoding.low {
            parameters.low = low
            flags |= Int(MS_DECODE_LOW)
        }
        if let high = decoding.high {
            parameters.high = high
            flags |= Int(MS_DECODE_HIGH)
        }
        if let value = decoding.noData {
            parameters.no_data = value
            flags |= Int(MS_DECODE_NO_DATA)
        }
        if decoding.unsigned, format.bitpix == 16, format.bzero == 0 { flags |= Int(MS_DECODE_UNSIGNED) }
        parameters.flags = UInt32(flags)
    }
}
