// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The page for the people who will use the channel.
  var docsPage: String {
    """
    # \(kind)

    Posts each notice as JSON to a URL.

    ```json
    "channels": {
      "example": { "kind": "\(kind)", "url": "https://example.com/notices", "token": "${\(variable)_TOKEN}" }
    }
    ```

    | setting | meaning |
    | --- | --- |
    | `url` | required; where notices are posted to, `http` or `https` |
    | `token` | a secret, sent as `Authorization: Bearer`; none by default |

    ## What is sent

    ```json
    {
      "type": "alert",
      "severity": "critical",
      "title": "[Belfry alert] critical: Disk full",
      "text": "🔴 [CRITICAL] Belfry …",
      "alerts": [{ "source": "app", "id": "disk-7", "severity": "critical", "link": "https://example.com/disks/7" }]
    }
    ```

    `type` is `alert`, `burst`, `digest`, `followup`, `resolved` or `test`. `text` has 4,000 characters at most.

    The header `Idempotency-Key` is the same on every attempt to deliver one notice: a receiver that has seen it can drop
    the repeat.

    ## What becomes of the answer

    | answer | what follows |
    | --- | --- |
    | 2xx | delivered |
    | 408, 421, 425, 429, 5xx, or no connection | another attempt, after `Retry-After` where the service names it |
    | the connection ends after the request has left | it may have arrived: another attempt with the same `Idempotency-Key` |
    | 3xx, 401, 402, 403, 405, 407, or a certificate that is not trusted | the operator has to act |
    | 404, 410, 423, 451 | this target cannot be reached |
    | any other 4xx | the message is refused as it is |

    """
  }
}
