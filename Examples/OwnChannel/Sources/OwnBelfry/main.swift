import BelfryApp
import Telegram

await BelfryApp.main(channels: [TelegramChannel.self] + .builtIn)
