// SPDX-License-Identifier: Apache-2.0

/// The exchanges with one host: how many are under way, and who waits for a place.
struct Lane {
  private(set) var underWay = 0
  private var waiting: [Job] = []
  private var head = 0

  var isEmpty: Bool { underWay == 0 && head == waiting.count }

  mutating func enqueue(_ job: Job) { waiting.append(job) }

  /// The next job to begin, if one waits and there is a place.
  mutating func begin(limit: Int) -> Job? {
    guard underWay < limit, head < waiting.count else { return nil }
    let job = waiting[head]
    head += 1
    underWay += 1
    if head == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 256, head * 2 >= waiting.count {
      waiting.removeFirst(head)
      head = 0
    }
    return job
  }

  mutating func end() { underWay -= 1 }

  /// Takes out what waits and is chosen.
  mutating func removeWaiting(where isChosen: (Job) -> Bool) -> [Job] {
    let all = waiting[head...]
    let chosen = all.filter(isChosen)
    guard !chosen.isEmpty else { return [] }
    waiting = all.filter { !isChosen($0) }
    head = 0
    return chosen
  }
}
