// SPDX-License-Identifier: Apache-2.0

/// Statements that make a new file one of an older version.
enum OlderVersions {
  /// Version 6, in which alerts' own timers were not in their rows, and there were no totals of channels.
  static let backTo6 = """
    INSERT INTO timers SELECT 'alert:' || key, due FROM alerts WHERE due IS NOT NULL;
    DROP INDEX alerts_due; ALTER TABLE alerts DROP COLUMN due; DROP TABLE channels; PRAGMA user_version = 6
    """
}
