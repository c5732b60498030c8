// SPDX-License-Identifier: Apache-2.0

// The simulation uses this module too, in a build with the static Swift library, which has no module `Testing`.
#if canImport(Testing)
package import Testing

extension Trait where Self == TimeLimitTrait {
  /// Ends a test that hangs; no machine is so busy that another test takes this long.
  package static var endsIfItHangs: Self { .timeLimit(.minutes(60)) }
}
#endif
