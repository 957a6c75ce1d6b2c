internal import Files

extension ColumnLayout {
    func instant(_ field: (Int) -> String?, everyColumn: Bool) -> Result<Instant, Failure> {
        var found: [(instant: Instant, resolution: Double, text: String)] = []
        var failed: [String] = []
        // A date and a time of day may stand in two columns.
        var dates: [(time: TableTime, text: String, scale: TimeScale)] = []
        var clocks: [(time: TableTime, text: String, scale: TimeScale)] = []
        for (column, name) in times {
            guard let text = field(column) else { continue }
            let scale = scale(name)
            switch name.kind {
            case .julianDay, .modifiedJulianDay:
                if name.isSecondPart { continue }
                let second = times.first { $0.name.isSecondPart && $0.name.stem == name.stem }.flatMap {
                    field($0.column)
                }
                if let second, let first = Double(fits: text), let rest = Double(fits: second), name.kind == .julianDay
                {
                    found.append((Instant(julianDay: first, fraction: rest, scale: scale), 1e-4, text))
                } else if second == nil, let day = DayText(text, isJulian: name.kind == .julianDay),
                    let instant = Instant(day, scale: scale)
                {
                    found.append((instant, day.resolutionSeconds, text))
                } else {
                    failed.append(text)
                }
            case .calendar:
                if let time = TableTime(text), time.date != nil || time.nanosecondOfDay != nil {
                    if time.date != nil {
                        dates.append((time, text, scale))
                    } else {
                        clocks.append((time, text, scale))
                    }
                } else if let value = Double(fits: text), value > 10_000, let day = DayText(text),
                    let instant = Instant(day, scale: scale)
                {
                    // A column called time may well hold JD or MJD.
                    found.append((instant, day.resolutionSeconds, text))
                } else {
                    failed.append(text)
                }
            default: continue
            }
        }
        if clocks.count > 1 {
            return .failure(Failure(words: "two times of day: '\(clocks[0].text)', '\(clocks[1].text)'"))
        }
        for (time, text, scale) in dates {
            if time.nanosecondOfDay == nil, !found.isEmpty { continue }
            if let clock = clocks.first, let own = time.nanosecondOfDay, let other = clock.time.nanosecondOfDay,
                Double(abs(own - other)) > 1.5e9 * max(time.resolutionSeconds, clock.time.resolutionSeconds)
            {
                return .failure(Failure(words: "its times contradict each other: '\(text)', '\(clock.text)'"))
            }
            let clock = time.nanosecondOfDay == nil ? clocks.first : nil
            guard let instant = time.instant(clock: clock?.time, scale: clock?.scale ?? scale) else {
                failed.append(text)
                continue
            }
            found.append((instant, min(time.resolutionSeconds, clock?.time.resolutionSeconds ?? .infinity), text))
        }
        if found.isEmpty, let instant = fromParts(field) { found.append((instant, 1, "")) }
        let best = everyColumn && !failed.isEmpty ? nil : found.min { $0.resolution < $1.resolution }
        guard let best else {
            let text = failed.first ?? clocks.first?.text ?? ""
            return .failure(
                Failure(words: "'\(text)' is no time" + (clocks.isEmpty || !failed.isEmpty ? "" : ": there is no date"))
            )
        }
        for other in found {
            // The same moment to the digits of both; a date alone says its day.
            let apart = abs(other.instant.seconds(since: best.instant))
            guard apart <= 1.5 * max(other.resolution, best.resolution) + 1 else {
                return .failure(Failure(words: "its times contradict each other: '\(best.text)', '\(other.text)'"))
            }
        }
        return .success(best.instant)
    }

    private func scale(_ name: ColumnName) -> TimeScale { name.scale == .utc ? scale ?? .utc : name.scale }

    /// Year, month, day and, as far as there are columns, hour, minute, second; the last of them may have decimals.
    private func fromParts(_ field: (Int) -> String?) -> Instant? {
        func text(_ kind: ColumnName.Kind) -> String? {
            times.first { $0.name.kind == kind }.flatMap { field($0.column) }
        }
        guard let year = text(.year).flatMap({ Int($0) }), let month = text(.month).flatMap({ TableTime.month($0) }),
            let dayText = text(.day), let scale = times.first(where: { $0.name.kind == .year }).map({ scale($0.name) })
        else { return nil }
        var parts = [dayText]
        for kind in [ColumnName.Kind.hour, .minute, .second] {
            guard let next = text(kind) else { break }
            parts.append(next)
        }
        var nanoseconds = 0.0
        let units = [86_400e9, 3600e9, 60e9, 1e9]
        let bounds = [32.0, 24, 60, 61]
        for (index, part) in parts.enumerated() {
            guard let value = Double(fits: part), value >= 0, value < bounds[index],
                index == parts.count - 1 || value == value.rounded()
            else { return nil }
            nanoseconds += (index == 0 ? value - value.rounded(.down) : value) * units[index]
        }
        guard let value = Double(fits: dayText) else { return nil }
        let date = CalendarDate(year: year, month: month, day: Int(value))
        guard date.exists, nanoseconds < 86_400e9 else { return nil }
        return Instant(date: date, nanosecondOfDay: Int64(nanoseconds.rounded()), scale: scale)
    }
}
