// SPDX-License-Identifier: Apache-2.0

/// The exchanges with one host: the number running, and those waiting for a slot.
struct HostQueue {
  private(set) var underWay = 0
  private var waiting: [TransferRequest] = []
  private var head = 0

  var isEmpty: Bool { underWay == 0 && head == waiting.count }

  mutating func enqueue(_ job: TransferRequest) { waiting.append(job) }

  /// Takes the next job to start, if one is waiting and a slot is free.
  mutating func begin(limit: Int) -> TransferRequest? {
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

  /// Removes and returns the chosen waiting jobs.
  mutating func removeWaiting(where isChosen: (TransferRequest) -> Bool) -> [TransferRequest] {
    let all = waiting[head...]
    let chosen = all.filter(isChosen)
    guard !chosen.isEmpty else { return [] }
    waiting = all.filter { !isChosen($0) }
    head = 0
    return chosen
  }
}
