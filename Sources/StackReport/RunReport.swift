public import MotionStack
internal import Sky

/// What of a run is told as JSON, beside what the library reports.
public struct RunRecord: Sendable {
    public var command: String
    public var report: IntegrationReport
    /// Why it was refused, if it was.
    public var error: MotionStackError?
    /// From the start of the process to the end of the run.
    public var totalSeconds: Double?

    /// Of the objects that the products hold, by the products' paths.
    public var measurements: [String: ObjectMeasurement] = [:]

    /// Where the reply of a service was put, beside the product; nil where none was used.
    public var reply: String?

    public init(
        command: String, report: IntegrationReport, error: MotionStackError? = nil, reply: String? = nil,
        totalSeconds: Double? = nil
    ) {
        self.command = command
        self.report = report
        self.error = error
        self.reply = reply
        self.totalSeconds = totalSeconds
    }
}

extension JSONWriter {
    /// The JSON of a run, of a plan, or of a run that was refused with its plan at hand.
    public func write(_ record: RunRecord) {
        let report = record.report
        let plan = report.plan
        object(lines: true) {
            text("version", MotionStackVersion.current)
            text("command", record.command)
            text("object", plan.objectName)
            text("mode", plan.isStandard ? "standard" : "motion_tracked")
            text("status", record.error == nil ? report.status.rawValue : IntegrationReport.Status.refused.rawValue)
            if let error = record.error { write(error) }
            array("frames", lines: true) {
                // Of the main target; of all parts, in the order of time.
                let parts = report.targets.filter { $0.plan.target == nil }
                for part in parts {
                    for (index, frame) in part.plan.frames.enumerated() {
                        write(frame, part.samples.flatMap { index < $0.count ? $0[index] : nil }, part: part.plan.part)
                    }
                }
                var told: Set<Int> = []
                for frame in parts.flatMap(\.plan.leftOut) where told.insert(frame.givenIndex).inserted {
                    write(frame)
                }
            }
            object("reference") {
                text("path", plan.referenceFrame.path)
                text("time_utc", plan.referenceTime?.reportText)
                number("x", plan.heldPixel?.x)
                number("y", plan.heldPixel?.y)
                number("ra_deg", plan.heldSky?.raDegrees)
                number("dec_deg", plan.heldSky?.decDegrees)
                text("position_time_utc", plan.positionTime?.reportText)
            }
            writeEphemeris(plan, reply: record.reply, report.refinement)
            write(plan.rejection)
            writeSchedule(plan)
            writeMemory(report)
            object("io") {
                integer("input_bytes", plan.io.inputBytes)
                integer("bytes_read", report.bytesRead ?? plan.io.readBytes)
                integer("files_open_peak", report.openFilesPeak ?? plan.io.openFiles)
                integer("scratch_bytes", plan.io.scratchBytes)
                integer("scratch_read_bytes", report.scratchBytesRead ?? plan.io.scratchReadBytes)
                integer("bytes_written", report.bytesWritten ?? plan.io.outputBytes)
            }
            object("timing") {
                number("total_s", record.totalSeconds)
                number("plan_s", report.planSeconds)
                number("integrate_s", report.integrateSeconds)
            }
            array("outputs", lines: true) {
                for output in report.outputs {
                    object {
                        text("path", output.path)
                        text("object", output.object)
                        integer("part", output.part)
                        text("method", output.method.rawValue)
                        text("reference_time_utc", output.referenceTime?.reportText)
                        number("x", output.heldPixel?.x)
                        number("y", output.heldPixel?.y)
                        number("ra_deg", output.heldSky?.raDegrees)
                        number("dec_deg", output.heldSky?.decDegrees)
                        number("exptime_s", output.exposureSeconds)
                        integer("width", output.width)
                        integer("height", output.height)
                        number(
                            "valid_fraction",
                            [.complete, .partial].contains(report.status) ? output.validFraction : nil)
                        write("measurement", record.measurements[output.path])
                    }
                }
            }
            if report.targets.count > 1 { writeTargets(report.targets) }
            texts("warnings", report.warnings)
        }
        finish()
    }

    private func write(_ rejection: Rejection) {
        object("rejection") {
            text("rule", rejection.name)
            for (parameter, value) in zip(rejection.rule.parameters, rejection.values) {
                let key = String(parameter.key.map { $0 == "-" ? "_" : $0 })
                if case .number(let number) = value { self.number(key, number) } else { text(key, value.description) }
            }
        }
    }

    /// Where each target of each part is held, and its frames' shifts.
    private func writeTargets(_ targets: [IntegrationReport.Target]) {
        array("targets", lines: true) {
            for target in targets {
                let plan = target.plan
                object {
                    text("object", plan.target ?? plan.objectName)
                    integer("part", plan.part)
                    text("reference_path", plan.referenceFrame.path)
                    text("reference_time_utc", plan.referenceTime?.reportText)
                    number("x", plan.heldPixel?.x)
                    number("y", plan.heldPixel?.y)
                    number("ra_deg", plan.heldSky?.raDegrees)
                    number("dec_deg", plan.heldSky?.decDegrees)
                    text("source", plan.motion?.source)
                    number("rate_arcsec_per_min", plan.motion?.rateArcsecPerMinute)
                    number("pa_deg", plan.motion?.positionAngleDegrees)
                    array("frames") {
                        for frame in plan.frames {
                            object {
                                text("path", frame.path)
                                flag("used", true)
                                number("dx", frame.dx)
                                number("dy", frame.dy)
                            }
                        }
                        for frame in plan.leftOut {
                            object {
                                text("path", frame.path)
                                flag("used", false)
                                text("reason", frame.reason)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The JSON of a command that failed before there was a plan.
    public func write(_ error: MotionStackError, command: String) {
        object(lines: true) {
            text("version", MotionStackVersion.current)
            text("command", command)
            text("status", IntegrationReport.Status.refused.rawValue)
            write(error)
            if let smallest = error.smallestLimit {
                object("memory") { integer("smallest_limit_bytes", smallest.bytes) }
            }
        }
        finish()
    }

    private func write(_ error: MotionStackError) {
        object("error") {
            integer("code", Int(error.exitCode))
            text("message", error.message)
            if !error.replaced.isEmpty { texts("replaced", error.replaced) }
        }
    }

    private func write(_ frame: PlannedFrame, _ samples: IntegrationReport.FrameSamples?, part: Int?) {
        object {
            text("path", frame.path)
            flag("used", true)
            null("reason")
            if let part { integer("part", part) }
            text("time_utc", frame.time?.instant.reportText)
            number("exposure_s", frame.time?.exposureSeconds)
            number("ra_deg", frame.sky?.raDegrees)
            number("dec_deg", frame.sky?.decDegrees)
            number("x", frame.placePixel?.x)
            number("y", frame.placePixel?.y)
            number("dx", frame.dx)
            number("dy", frame.dy)
            number("map_error_px", frame.mapErrorPixels)
            number("trail_px", frame.trailPixels)
            number("noise_gain", frame.noiseGain)
            number("weight", frame.weight)
            if let noise = frame.noise { number("sigma", noise.sigma) }
            number("scale", frame.scale)
            number("zero", frame.zero)
            if let stars = frame.stars {
                number("flux_scale_s", stars.a)
                number("transparency", stars.transparency)
                number("transparency_error", stars.relativeError)
                number("fwhm_px", stars.fwhmPixels)
                integer("stars", stars.count)
                text("transparency_source", stars.source.rawValue)
            }
            integer("valid", samples.map { Int64(clamping: $0.valid) })
            integer("rejected_low", samples.map { Int64(clamping: $0.rejectedLow) })
            integer("rejected_high", samples.map { Int64(clamping: $0.rejectedHigh) })
        }
    }

    private func write(_ frame: LeftOutFrame) {
        object {
            text("path", frame.path)
            flag("used", false)
            text("reason", frame.reason)
            text("time_utc", frame.time?.instant.reportText)
            number("exposure_s", frame.time?.exposureSeconds)
            for key in [
                "ra_deg", "dec_deg", "x", "y", "dx", "dy", "map_error_px", "trail_px", "noise_gain", "weight", "scale",
                "zero", "valid",
                "rejected_low", "rejected_high",
            ] {
                null(key)
            }
        }
    }

    private func writeEphemeris(_ plan: IntegrationPlan, reply: String?, _ refinement: RateRefinement?) {
        guard let motion = plan.motion else { return null("ephemeris") }
        object("ephemeris") {
            text("source", motion.source)
            number("rate_arcsec_per_min", motion.rateArcsecPerMinute)
            number("pa_deg", motion.positionAngleDegrees)
            write("site", plan.site)
            number("expected_error_arcsec", motion.expectedErrorArcsec)
            number("expected_drift_arcsec", motion.expectedDriftArcsec)
            text("quality", motion.quality)
            text("reply", reply)
            if let refinement { write(refinement) }
        }
    }

    private func write(_ refinement: RateRefinement) {
        func trial(_ trial: RateRefinement.Trial) {
            number("rate_factor", trial.rateFactor)
            number("turn_deg", trial.turnDegrees)
            number("rate_arcsec_per_min", trial.rateArcsecPerMinute)
            number("pa_deg", trial.positionAngleDegrees)
            number("snr", trial.signalToNoise)
            number("offset_x_px", trial.offsetXPixels)
            number("offset_y_px", trial.offsetYPixels)
        }
        object("refinement") {
            number("percent", refinement.percent)
            flag("kept_ephemeris", refinement.isKept)
            text("outcome", refinement.outcome.rawValue)
            number("chance", refinement.chance)
            number("least_snr", refinement.leastSignalToNoise)
            number("fwhm_px", refinement.fwhmPixels)
            number("radius_px", refinement.radiusPixels)
            if let offset = refinement.offset {
                object("offset") {
                    number("x_px", offset.xPixels)
                    number("y_px", offset.yPixels)
                    number("arcsec", offset.arcsec)
                    number("pa_deg", offset.positionAngleDegrees)
                    number("ra_deg", offset.sky.raDegrees)
                    number("dec_deg", offset.sky.decDegrees)
                }
            } else {
                null("offset")
            }
            object("ephemeris") { trial(refinement.ephemeris) }
            object("best") { trial(refinement.best) }
            array("rows", lines: true) {
                for row in refinement.trials { object { trial(row) } }
            }
        }
    }

    private func writeSchedule(_ plan: IntegrationPlan) {
        let schedule = plan.schedule
        object("plan") {
            flag("chunked", schedule.chunked)
            text("chunk_mode", "exact")
            integer("chunk_size", schedule.chunkSize)
            integer("total_chunks", schedule.totalChunks)
            integer("strips", schedule.strips)
            integer("strip_rows", schedule.stripRows)
            integer("threads", schedule.threads)
            integer("passes", schedule.passes)
            text("alignment", plan.alignment.rawValue)
            text("interpolation", plan.interpolation.rawValue)
        }
    }

    private func writeMemory(_ report: IntegrationReport) {
        let memory = report.plan.memory
        object("memory") {
            integer("limit_bytes", memory.limit.bytes)
            text("limit_reason", memory.limitReason)
            integer("predicted_peak_bytes", memory.predictedPeak.bytes)
            integer("measured_peak_bytes", report.measuredPeak?.bytes)
            integer("smallest_limit_bytes", memory.smallestLimit.bytes)
            texts("adaptations", report.adaptations)
        }
    }
}
