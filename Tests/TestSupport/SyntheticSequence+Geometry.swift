import Foundation

extension SyntheticSequence {
    /// What is true of one frame.
    public struct Frame: Sendable {
        /// From 0.
        public let index: Int
        public let name: String
        public let width: Int
        public let height: Int
        public let start: SyntheticMoment
        public let exposure: Double
        public let projection: SyntheticProjection
        /// Exposure as a multiple of the first.
        public let relativeExposure: Double
        /// ADU over the bias, at the centre.
        public let sky: Double

        public var middle: SyntheticMoment { start.advanced(bySeconds: exposure / 2) }
        public var end: SyntheticMoment { start.advanced(bySeconds: exposure) }
    }

    /// All frames, in order.
    public func frames() -> [Frame] {
        var result: [Frame] = []
        var moment = start.rounded(decimals: timeDecimals)
        let first = exposures.first ?? 60
        for index in 0..<count {
            let exposure = exposures.isEmpty ? first : exposures[index % exposures.count]
            var width = self.width
            var height = self.height
            if case .size(let w, let h)? = faults[index] { (width, height) = (w, h) }
            let digits = String(index + 1)
            let number = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            let relative = exposure / first
            let hours = moment.seconds(since: start) / 3600
            result.append(
                Frame(
                    index: index, name: prefix + number + (compressed ? ".fits.gz" : ".fits"), width: width,
                    height: height, start: moment, exposure: exposure,
                    projection: projection(of: index, rotatedBy: fieldRotation * hours), relativeExposure: relative,
                    sky: (sky + skyRise * Double(index)) * relative))
            moment = moment.advanced(bySeconds: cadence > 0 ? cadence : exposure + overhead)
                .rounded(decimals: timeDecimals)
        }
        return result
    }

    /// The frame without dither and field rotation.
    public var baseProjection: SyntheticProjection {
        let corner = Double(width * width + height * height).squareRoot() / 2
        var cubic = 0.0
        switch distortion {
        case .none: break
        case .sip: cubic = distortionPixels / (corner * corner * corner)
        case .tpv:
            let degrees = corner * scaleArcsec / 3600
            cubic = distortionPixels * scaleArcsec / 3600 / (degrees * degrees * degrees)
        }
        let quadratic = cubic * 0.1 * (distortion == .tpv ? corner * scaleArcsec / 3600 : corner)
        return SyntheticProjection(
            centre: centre, referencePixel: SIMD2(Double(width) / 2 + 0.5, Double(height) / 2 + 0.5),
            scaleArcsec: scaleArcsec, rotationDegrees: rotationDegrees, mirrored: mirrored, distortion: distortion,
            cubic: cubic, quadratic: quadratic, system: system)
    }

    /// Dither of a frame: the pointing moves by so many pixels along +x and +y.
    public func pointingOffset(of index: Int) -> SIMD2<Double> {
        var offset = index < offsets.count ? offsets[index] : SIMD2(0, 0)
        if dither > 0 {
            if ditherPattern {
                offset += spiral(index) * dither
            } else {
                var random = SeededRandom(seed: seed, stream: 0x0D17_0000 + UInt64(index))
                offset += SIMD2(random.uniform(-dither, dither), random.uniform(-dither, dither))
            }
        }
        return offset
    }

    private func projection(of index: Int, rotatedBy angle: Double) -> SyntheticProjection {
        var result = baseProjection
        let offset = pointingOffset(of: index)
        if offset != SIMD2(0, 0) {
            // CRVAL in the frame's own system is where the base frame has the displaced reference pixel.
            var base = result
            base.distortion = .none
            base.system = .icrs
            if ditherMovesReferencePixel {
                result.referencePixel -= offset
            } else {
                result.centre = base.place(at: base.referencePixel + offset)
            }
        }
        result.rotationDegrees += turns[index] ?? 0
        if mirroredFrames.contains(index) { result.mirrored.toggle() }
        if case .elsewhere(let degrees)? = faults[index] {
            result.centre = result.centre.offset(positionAngleDegrees: 30, arcseconds: degrees * 3600)
        }
        result.rotationDegrees += angle
        return result
    }

    private func spiral(_ index: Int) -> SIMD2<Double> {
        var place = SIMD2<Double>(0, 0)
        var direction = SIMD2<Double>(1, 0)
        var length = 1
        var done = 0
        var turns = 0
        for _ in 0..<index {
            place += direction
            done += 1
            if done == length {
                done = 0
                direction = SIMD2(-direction.y, direction.x)
                turns += 1
                if turns % 2 == 0 { length += 1 }
            }
        }
        return place
    }

    /// Plain mean of the mid-exposures.
    public var meanTime: SyntheticMoment {
        let all = frames()
        guard let first = all.first else { return start }
        let sum = all.reduce(0.0) { $0 + $1.middle.seconds(since: first.middle) }
        return first.middle.advanced(bySeconds: sum / Double(all.count))
    }

    /// Mean of the mid-exposures weighted by exposure time.
    public var exposureWeightedMeanTime: SyntheticMoment {
        let all = frames()
        guard let first = all.first else { return start }
        let sum = all.reduce(0.0) { $0 + $1.exposure * $1.middle.seconds(since: first.middle) }
        return first.middle.advanced(bySeconds: sum / all.reduce(0.0) { $0 + $1.exposure })
    }

    /// A mover's place as a function of time.
    public func track(of mover: Mover) -> SyntheticTrack {
        switch mover.path {
        case .greatCircle(let rate, let angle):
            let base = baseProjection
            return SyntheticTrack(
                origin: mover.place ?? base.place(at: base.referencePixel + mover.pixelOffset),
                at: mover.at ?? meanTime, rateArcsecPerMinute: rate, positionAngleDegrees: angle, table: [])
        case .table(let rows):
            let first = rows.first
            return SyntheticTrack(
                origin: first?.place ?? centre, at: first?.time ?? start, rateArcsecPerMinute: 0,
                positionAngleDegrees: 0, table: rows)
        }
    }
}

/// Where a mover is.
public struct SyntheticTrack: Sendable {
    let origin: SyntheticPlace
    let at: SyntheticMoment
    let rateArcsecPerMinute: Double
    let positionAngleDegrees: Double
    let table: [(time: SyntheticMoment, place: SyntheticPlace)]

    /// The place at a time; beyond a table's ends its first or last four rows are extended.
    public func place(at time: SyntheticMoment) -> SyntheticPlace {
        place(secondsFromOrigin: time.seconds(since: at))
    }

    func place(secondsFromOrigin seconds: Double) -> SyntheticPlace {
        guard table.count > 1 else {
            return origin.offset(
                positionAngleDegrees: positionAngleDegrees, arcseconds: rateArcsecPerMinute * seconds / 60)
        }
        let times = table.map { $0.time.seconds(since: at) }
        let size = min(4, table.count)
        let next = times.firstIndex { $0 > seconds } ?? times.count
        let first = min(max(0, next - size / 2), table.count - size)
        var sum = SIMD3<Double>(0, 0, 0)
        for i in first..<first + size {
            var weight = 1.0
            for j in first..<first + size where j != i { weight *= (seconds - times[j]) / (times[i] - times[j]) }
            sum += table[i].place.vector * weight
        }
        return SyntheticPlace(vector: sum)
    }

    /// Places so close together (in pixels of `scaleArcsec`) that their mean is the exposure's trail.
    func places(during frame: SyntheticSequence.Frame, scaleArcsec: Double) -> [SyntheticPlace] {
        let length = place(at: frame.start).separation(to: place(at: frame.end)) / scaleArcsec
        let count = max(1, Int((length / 0.15).rounded(.up)))
        let begin = frame.start.seconds(since: at)
        return (0..<count).map { place(secondsFromOrigin: begin + frame.exposure * (Double($0) + 0.5) / Double(count)) }
    }
}
