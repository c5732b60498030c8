// SPDX-License-Identifier: Apache-2.0

extension Scenario {
  /// The content of each file besides its channels and sources.
  static let texts: [(name: String, rules: String)] = [
    ("plain", #""routes": [{"to": "pager", "resolved": true}], "cooldown": "30m""#),
    (
      "cooldowns",
      """
      "routes": [{"to": "journal", "cooldown": 0, "continue": true, "resolved": true},
       {"match": {"category": "disk"}, "to": ["pager", "mail"], "cooldown": {"window": "20m", "by": ["severity", "host"]},
        "continue": true}, {"match": {"severity": "info"}, "to": "mail", "cooldown": "2h"}, {"to": ["pager", "chat"]}],
      "cooldown": {"window": "45m", "by": ["category", "cluster"]}
      """
    ),
    (
      "groups",
      """
      "routes": [{"match": {"category": "cpu"}, "to": "chat", "continue": true},
       {"match": {"severity": "warning+"}, "to": ["pager", "mail"], "group": {"by": ["cluster"], "wait": "30s", "every": "10m"},
        "resolved": true}, {"to": "journal", "group": {"wait": "2m", "every": "1h"}}]
      """
    ),
    (
      "digests",
      """
      "routes": [{"match": {"severity": "info"}, "digest": "daily"},
       {"match": {"category": "net"}, "digest": "hourly", "resolved": true},
       {"match": {"category": "cpu"}, "to": "chat", "continue": true, "resolved": true}, {"to": "pager"}],
      "digests": {"daily": {"at": "09:00", "timezone": "Europe/Berlin", "days": "mon-fri", "to": ["mail", "journal"]},
       "hourly": {"every": "1h", "to": "mail"}}
      """
    ),
    (
      "mode digest",
      """
      "routes": [{"match": {"severity": "info"}, "to": "mail"}, {"to": "pager", "resolved": true}], "mode": "digest",
      "digests": {"daily": {"every": "5h", "to": "mail"}}, "burst": {"over": 2, "to": "chat"}
      """
    ),
    (
      "bursts",
      """
      "routes": [{"match": {"category": "disk"}, "to": ["mail", "pager"], "burst": {"over": 2, "to": "pager"}},
       {"match": {"category": "net"}, "to": ["chat", "journal"], "resolved": true,
        "burst": {"over": 3, "within": "5m", "except": "critical"}}, {"to": ["pager", "chat"]}],
      "burst": {"over": 4, "within": "10m", "to": "mail"}, "cooldown": "20m"
      """
    ),
    (
      "quiet",
      """
      "routes": [{"match": {"severity": "info"}, "to": ["chat", "mail"], "continue": true},
       {"match": {"category": ["disk", "cpu"]}, "to": ["pager", "mail"], "resolved": true,
        "quiet": {"from": "22:00", "to": "07:00", "timezone": "Europe/Paris", "except": "critical"}},
       {"to": "pager", "quiet": {"from": "12:00", "to": "13:00", "days": "mon-fri"}}], "cooldown": "1h", "burst": {"over": 6}
      """
    ),
    (
      "inhibition",
      """
      "routes": [{"match": {"severity": "critical"}, "to": ["phone", "pager"], "resolved": true},
       {"match": {"category": "net"}, "to": "chat", "group": {"by": ["host"], "every": "20m"}, "resolved": true},
       {"to": "pager", "resolved": true}],
      "inhibit": [{"when": {"severity": "critical"}, "mute": {"severity": ["warning", "info"]}, "equal": ["host"]},
       {"when": {"category": "net", "severity": "warning"}, "mute": {"category": "cpu"}, "equal": "cluster"}],
      "cooldown": "15m"
      """
    ),
    (
      "care",
      """
      "routes": [{"match": {"severity": "critical"}, "to": "pager", "repeat": "2h", "resolved": true,
        "escalate": [{"after": "15m", "to": "phone"}, {"after": "1h", "to": ["chat", "mail"]}]},
       {"match": {"severity": "warning"}, "to": "chat", "repeat": "6h", "resolved": true, "quiet": {"from": "21:00", "to": "06:00"}},
       {"to": "journal"}], "cooldown": "10m", "burst": {"over": 5, "to": "chat"}
      """
    ),
    (
      "flapping",
      """
      "routes": [{"match": {"category": "disk"}, "to": ["pager", "mail"], "resolved": true, "repeat": "4h"},
       {"match": {"category": "net"}, "to": "chat", "group": {"by": "host"}, "resolved": true}, {"to": "pager"}],
      "flapping": {"over": 3, "within": "40m"}, "cooldown": "25m"
      """
    ),
    (
      "expected",
      """
      "routes": [{"match": {"severity": "warning+"}, "to": "pager", "resolved": true},
       {"match": {"category": "net"}, "to": "journal"}], "unrouted": "drop",
      "expect": [{"id": "backup", "every": "24h"}, {"id": "beat", "every": "3h", "severity": "warning"}], "cooldown": "5m"
      """
    ),
    (
      "caps",
      """
      "routes": [{"match": {"severity": "critical"}, "to": ["pager", "mail"], "continue": true, "resolved": true,
        "cap": {"over": 3, "per": "1h", "except": []}},
       {"match": {"category": "net"}, "to": ["chat", "mail"], "group": {"by": ["cluster"], "wait": "1m", "every": "10m"},
        "resolved": true, "cap": {"over": 2, "per": "30m"}},
       {"match": {"category": "cpu"}, "to": "mail", "burst": {"over": 2, "within": "5m"}, "repeat": "2h", "resolved": true},
       {"to": ["mail", "chat"], "cooldown": "10m", "resolved": true}],
      "inhibit": [{"when": {"severity": "critical", "category": "disk"}, "mute": {"severity": "info"}, "equal": "host"}]
      """
    ),
    (
      "tree",
      """
      "routes": [{"match": ["alertname=disk"], "unless": ["host=h0"], "drop": true, "routes": [
         {"match": {"severity": "critical"}, "to": ["pager", {"channel": "phone", "resolved": false}], "resolved": true,
          "repeat": "3h"}]},
       {"name": "network", "match": {"category": "net"}, "to": ["chat", "mail"], "resolved": true,
        "group": {"by": ["cluster"], "wait": "1m", "every": "10m"}, "continue": true, "routes": [
         {"match": {"severity": "info"}, "drop": true},
         {"match": {"severity": "critical"}, "to": "pager", "group": null, "cooldown": "15m", "continue": true,
          "escalate": [{"after": "20m", "to": "phone"}], "routes": [{"match": {"labels": {"host": "*2"}}}]},
         {"match": {"labels": {"host": ["h0", "h1"]}}, "to": "mail"}]},
       {"to": "journal", "cooldown": "10m", "resolved": true, "routes": [
         {"match": {"severity": "warning+"}, "to": ["pager", "journal"], "cooldown": null, "resolved": null}]}],
      "cooldown": "30m", "burst": {"over": 6, "to": "chat"}
      """
    ),
    (
      "hours",
      """
      "times": {"office": [{"days": "mon-fri", "from": "08:00", "to": "18:00", "timezone": "Europe/Paris"}],
        "lunch": {"from": "12:00", "to": "13:00"}, "month-ends": [{"monthdays": ["-2--1", 1]}, {"months": "nov-dec", "days": "sun"}]},
       "routes": [{"match": {"severity": "critical"}, "to": ["pager", "mail"], "resolved": true, "repeat": "4h",
         "quiet": {"times": "lunch", "except": "critical"}},
       {"match": {"category": ["disk", "cpu"]}, "to": ["chat", "mail"], "resolved": true, "only": {"times": "office", "except": "critical"},
        "quiet": ["month-ends", {"from": "23:00", "to": "01:00", "days": "mon-fri"}]},
       {"to": "pager", "only": [{"from": "06:00", "to": "24:00"}, "lunch"], "group": {"by": ["cluster"], "every": "20m"},
        "resolved": true}], "cooldown": "30m"
      """
    ),
    (
      "everything",
      """
      "routes": [{"match": {"severity": "critical"}, "to": ["pager", "journal"], "continue": true, "repeat": "3h",
        "resolved": true, "escalate": [{"after": "30m", "to": "phone"}]},
       {"match": {"category": "net"}, "to": ["chat", "mail"], "group": {"by": ["cluster"], "wait": "1m", "every": "15m"},
        "resolved": true},
       {"match": {"severity": "info"}, "digest": "daily"},
       {"match": {"category": "cpu"}, "to": ["mail", "chat"], "burst": {"over": 3, "within": "5m"}, "resolved": true,
        "quiet": {"from": "23:00", "to": "05:00", "except": "critical"}, "cap": {"over": 4, "per": "1h"}},
       {"to": ["chat", "pager"], "cooldown": {"window": "40m", "by": ["category", "host"]}}],
      "digests": {"daily": {"at": "08:00", "to": "mail"}}, "burst": {"over": 5, "to": "chat"},
      "inhibit": [{"when": {"severity": "critical", "category": "disk"}, "mute": {"severity": "info"}, "equal": "host"}],
      "flapping": {"over": 5, "within": "1h"}, "cooldown": "30m", "expect": [{"id": "backup", "every": "26h"}]
      """
    ),
  ]
}
