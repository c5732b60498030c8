// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger

/// The last hours as two small charts side by side, and the same as a table.
///
/// Each series has its own chart and title, so that colours need not distinguish them. Hours are in UTC or, with a
/// script, in the browser's time zone.
/// there is a script those of the browser's zone.
struct HoursChart: Sendable {
  /// Consecutive hours, including those without events.
  let hours: [LedgerHour]

  /// The height in drawing units; the drawing is stretched to the available space.
  private static let height = 60
  private static let step = 10
  private static let bar = 7

  var html: HTML {
    if hours.allSatisfy(\.isEmpty) {
      return "<p class=\"none\">No activity in the last \(hours.count) hours.</p>"
    }
    let delivered = hours.reduce(0) { $0 + $1.delivered }
    let dead = hours.reduce(0) { $0 + $1.dead }
    let alerts = figure("New alerts", hours.reduce(0) { $0 + $1.fired }, hours.map { [$0.fired] }) {
      counted($0.fired, "alert") + " began"
    }
    let messages = figure("Messages delivered", delivered, hours.map { [$0.delivered, $0.dead] }, lost: dead) {
      counted($0.delivered, "message") + " delivered" + ($0.dead > 0 ? ", \($0.dead) failed" : "")
    }
    return """
      <section class="hours"><h2>Last \(hours.count) hours · <span class="zone">UTC</span></h2>
      <div>\(alerts)\(messages)</div>\(table)</section>
      """
  }

  /// A series: one bar per hour, either plain or with a filled and a hollow part.
  private func figure(
    _ name: String,
    _ total: Int,
    _ parts: [[Int]],
    lost: Int = 0,
    _ say: (LedgerHour) -> String
  ) -> HTML {
    let peak = parts.map { $0.reduce(0, +) }.max() ?? 0
    let bars = zip(hours, parts).enumerated().map { index, hour in
      bar(index, hour.1, of: max(1, peak), hour.0, say(hour.0))
    }
    let given: HTML = lost > 0 ? " · <span class=\"lost\">\(lost) failed</span>" : ""
    let label = "\(name): \(total)\(lost > 0 ? ", and \(lost) failed" : ""), peak \(peak) per hour"
    return """
      <figure><figcaption><span>\(name) <strong>\(total)</strong>\(given)</span>
      <span class="fine">peak \(peak)/h</span></figcaption>
      <svg viewBox="0 0 \(hours.count * HoursChart.step) \(HoursChart.height)" preserveAspectRatio="none" role="img"
      aria-label="\(label)">\(bars)</svg><div class="axis" aria-hidden="true">\(axis)</div></figure>
      """
  }

  private func bar(_ index: Int, _ parts: [Int], of peak: Int, _ hour: LedgerHour, _ text: String) -> HTML {
    let left = index * HoursChart.step
    var top = HoursChart.height
    var drawn: [HTML] = []
    for (part, name) in zip(parts, ["bar", "bar lost"]) where part > 0 {
      // Even a small value among large ones is visible.
      let height = max(2, part * (HoursChart.height - 4) / peak)
      top -= height
      drawn.append(
        "<rect class=\"\(name)\" x=\"\(left + 1)\" y=\"\(top)\" width=\"\(HoursChart.bar)\" height=\"\(height)\"/>"
      )
    }
    return """
      <g data-hour="\(hour.start.iso8601)" data-text="\(text)"><title>\(clock(hour)) UTC: \(text)</title>\
      <rect class="room" x="\(left)" y="0" width="\(HoursChart.step)" height="\(HoursChart.height)"/>\(drawn)</g>
      """
  }

  /// One label per hour: every sixth is shown, and every twelfth where space is tight.
  private var axis: [HTML] {
    hours.map { hour in
      switch HoursChart.number(hour) % 12 {
      case 0: "<span>\(time(hour))</span>"
      case 6: "<span class=\"half\">\(time(hour))</span>"
      default: "<span></span>"
      }
    }
  }

  private var table: HTML {
    let rows = hours.reversed().map { hour -> HTML in
      "<tr><th scope=\"row\">\(time(hour))</th><td>\(hour.fired)</td><td>\(hour.delivered)</td><td>\(hour.dead)</td></tr>"
    }
    return """
      <details id="hours"><summary>Show as table</summary><table>
      <thead><tr><th scope="col">Hour</th><th scope="col">New alerts</th><th scope="col">Messages delivered</th>
      <th scope="col">Failed</th></tr></thead><tbody>\(rows)</tbody></table></details>
      """
  }

  private func time(_ hour: LedgerHour) -> HTML {
    "<time class=\"hour\" datetime=\"\(hour.start.iso8601)\">\(clock(hour))</time>"
  }

  /// The hour as `06:00`.
  private func clock(_ hour: LedgerHour) -> String {
    let number = HoursChart.number(hour)
    return (number < 10 ? "0" : "") + "\(number):00"
  }

  /// The hour of the day, in UTC.
  private static func number(_ hour: LedgerHour) -> Int64 {
    hour.start.microseconds / LedgerHour.length.microseconds % 24
  }
}
