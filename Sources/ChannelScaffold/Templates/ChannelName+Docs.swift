// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The page for the people who will use the channel.
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
    | `url` | required; where notices are posted to, `http` or `https` |
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

    `type` is `alert`, `burst`, `digest`, `followup`, `resolved` or `test`. `text` has 4,000 characters at most. `link` is
    left out when there is nothing to look at. `delivery_id` is the same on every attempt to deliver one notice: a receiver
    that has seen it can drop the repeat.

    ## What becomes of the answer

    | answer | what follows |
    | --- | --- |
    | 2xx | delivered |
    | 408, 421, 425, 429, 5xx, or no connection | another attempt, after `Retry-After` where the service names it |
    | the connection ends after the request has left | it may have arrived: another attempt with the same `delivery_id` |
    | 3xx, 401, 402, 403, 405, 407, or a certificate that is not trusted | the operator has to act; it is tried again meanwhile |
    | 404, 410, 423, 451 | this target cannot be reached |
    | any other 4xx | the message is refused as it is |

    """
  }
}
