// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import HTTPTypes
internal import Tracing

/// Reads the trace context from a request's header.
struct HeaderExtractor: Extractor {
  func extract(key: String, from fields: HTTPFields) -> String? { HTTPField.Name(key).flatMap { fields[$0] } }
}
