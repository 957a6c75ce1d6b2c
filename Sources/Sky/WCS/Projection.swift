internal import CWCSLIB

/// Projected plane to celestial sphere and back: owner of one wcslib `celprm`.
///
/// Only wcslib's spherical part is used. Header parsing, linear part and distortions are ours: wcslib's header readers
/// are where its memory faults are, and its distortion inverse stops at about 1e-6 pixel.
/// Not safe to share between threads: wcslib writes into the struct.
final class Projection {
    private let celestial: UnsafeMutablePointer<celprm>

    /// `reference`: longitude and latitude of the fiducial point, native longitude and latitude of the celestial pole
    /// (nil for the defaults). `parameters`: PVi_m of the latitude axis by m; others of the longitude axis in
    /// `fiducial`: m = 0 an offset flag, 1 and 2 the native place of the fiducial point.
    /// Nil with wcslib's reason where the parameters are impossible.
    init(
        code: String, longitude: Double, latitude: Double, poleLongitude: Double?, poleLatitude: Double?,
        parameters: [Int: Double], fiducial: [Int: Double]
    ) throws(SkyError) {
        celestial = .allocate(capacity: 1)
        celestial.initialize(to: celprm())
        wcserr_enable(0)
        var status = celini(celestial)
        if status == 0 {
            let letters = Array(code.utf8.prefix(3)) + [0, 0, 0]
            celestial.pointee.prj.code = (
                CChar(bitPattern: letters[0]), CChar(bitPattern: letters[1]), CChar(bitPattern: letters[2]), 0
            )
            withUnsafeMutableBytes(of: &celestial.pointee.prj.pv) { bytes in
                let slots = bytes.bindMemory(to: Double.self)
                for (index, value) in parameters where slots.indices.contains(index) { slots[index] = value }
            }
            celestial.pointee.ref.0 = longitude
            celestial.pointee.ref.1 = latitude
            if let poleLongitude { celestial.pointee.ref.2 = poleLongitude }
            if let poleLatitude { celestial.pointee.ref.3 = poleLatitude }
            if let phi = fiducial[1] { celestial.pointee.phi0 = phi }
            if let theta = fiducial[2] { celestial.pointee.theta0 = theta }
            if let offset = fiducial[0] { celestial.pointee.offset = offset == 0 ? 0 : 1 }
            status = celset(celestial)
        }
        guard status == 0 else {
            throw PlateCards.unusable("wcslib refuses the \(code) projection with these values (status \(status))")
        }
    }

    deinit {
        celfree(celestial)
        celestial.deinitialize(count: 1)
        celestial.deallocate()
    }

    /// Celestial longitude and latitude, degrees, of a point of the plane, degrees; nil outside the projection.
    func sphere(x: Double, y: Double) -> (longitude: Double, latitude: Double)? {
        var (x, y, phi, theta, longitude, latitude) = (x, y, 0.0, 0.0, 0.0, 0.0)
        var outside: Int32 = 0
        let status = celx2s(celestial, 1, 1, 1, 1, &x, &y, &phi, &theta, &longitude, &latitude, &outside)
        guard status == 0, outside == 0, longitude.isFinite, latitude.isFinite else { return nil }
        return (longitude, latitude)
    }

    /// The point of the plane, degrees; nil where the projection does not show the place (the far side of TAN).
    func plane(longitude: Double, latitude: Double) -> (x: Double, y: Double)? {
        var (longitude, latitude, phi, theta, x, y) = (longitude, latitude, 0.0, 0.0, 0.0, 0.0)
        var outside: Int32 = 0
        let status = cels2x(celestial, 1, 1, 1, 1, &longitude, &latitude, &phi, &theta, &x, &y, &outside)
        guard status == 0, outside == 0, x.isFinite, y.isFinite else { return nil }
        return (x, y)
    }
}
