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
      "alerts": [
        { "detail": "…", "id": "disk-7", "severity": "critical", "source": "app", "title": "Disk full" }
      ],
      "isResolved": false,
      "reason": "fired",
      "severity": "critical"
    }
    ```

    The header `Idempotency-Key` is the same on every attempt to deliver one notice: a receiver that has seen it can drop
    the repeat.

    ## What becomes of the answer

    | answer | what follows |
    | --- | --- |
    | 2xx | delivered |
    | 408, 425, 429, 5xx, or no connection | another attempt, after `Retry-After` where it is given in seconds |
    | the connection ends after the request has left | another attempt with the same `Idempotency-Key` |
    | 3xx, 401, 403, or a certificate that is not trusted | the operator has to act |
    | 404, 410 | this target cannot be reached |
    | any other 4xx | the message is refused as it is |

    """
  }
}
