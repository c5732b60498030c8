// SPDX-License-Identifier: Apache-2.0

extension Notice {
  /// Whether it reports no active state, so that there is nothing to acknowledge.
  package var reportsNoActiveAlert: Bool {
    switch content {
    case .resolved, .test: true
    case .alert, .burst, .digest, .followup, .group, .reminder, .flapping: false
    }
  }

  /// The alerts that it reports as active.
  package var acknowledgeable: [Alert] {
    reportsNoActiveAlert ? [] : alerts.filter { flags[$0.key]?.isResolved != true }
  }
}
