import BelfryApp
import Healthchecks

await BelfryApp.main(sources: [HealthchecksSource.self] + .builtIn)
