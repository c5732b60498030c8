// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Tracing

/// Finds what a request says of its trace in its header.
struct HeaderExtractor: Extractor {
  func extract(key: String, from fields: HTTPFields) -> String? { HTTPField.Name(key).flatMap { fields[$0] } }
}
