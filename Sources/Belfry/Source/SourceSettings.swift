// SPDX-License-Identifier: Apache-2.0

/// The settings of a source kind: they start with their defaults, and `fields` is the one list that decodes, checks,
/// documents and redacts them.
///
/// A required value that an unset variable leaves empty is an error.
public protocol SourceSettings: KindSettings {}
