// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The documentation page for users of the channel.
  var docsPage: String {
    """
    # \(kind)

    Posts each notice as JSON to a URL.

    ```json fragment
    "channels": {
      "example": { "kind": "\(kind)", "url": "https://example.com/notices", "token": "${\(variable)_TOKEN}" }
    }
    ```

    | setting | meaning |
    | --- | --- |
    | `url` | required; the `http` or `https` URL to post notices to |
    | `token` | a secret, sent as `Authorization: Bearer`; none by default |

    ## What is sent

    ```json message
    {
      "delivery_id": "0199c5a0-0000-7000-8000-000000000001",
      "type": "alert",
      "severity": "critical",
      "title": "[Belfry alert] critical: Disk full",
      "text": "🔴 [CRITICAL] Belfry …",
      "link": "https://example.com/disks/7"
    }
    ```

    `type` is `alert`, `burst`, `digest`, `followup`, `resolved` or `test`. `text` has at most 4,000 characters. `link` is
    omitted if the notice has no link. `delivery_id` is the same on every attempt to deliver one notice, so a receiver can
    drop repeats.

    ## How answers are handled

    | answer | result |
    | --- | --- |
    | 2xx | delivered |
    | 408, 421, 425, 429, 5xx, or no connection | retried, after `Retry-After` if the service sends it |
    | the connection ends after the request was sent | it may have arrived: retried with the same `delivery_id` |
    | 3xx, 401, 402, 403, 405, 407, or an untrusted certificate | the operator must act; retried until then |
    | 404, 410, 423, 451 | this target is unreachable |
    | any other 4xx | the message is refused |

    """
  }
}
