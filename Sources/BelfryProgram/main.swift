// SPDX-License-Identifier: Apache-2.0
internal import BelfryApp

await BelfryApp.main(channels: .builtIn)
