// SPDX-License-Identifier: Apache-2.0
package import Testing

extension Trait where Self == TimeLimitTrait {
  /// Ends a test that hangs; no machine is so busy that another test takes this long.
  package static var endsIfItHangs: Self { .timeLimit(.minutes(60)) }
}
