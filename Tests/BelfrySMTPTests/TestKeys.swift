// SPDX-License-Identifier: Apache-2.0
import Belfry

/// Private keys made for these tests only.
enum TestKeys {
  static let rsa = """
    -----BEGIN PRIVATE KEY-----
    MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCkeqSPNXi5nhP9
    VSR62ysL9A143v3BwwOClIWk0LHcoaC5+dw99pYpsOsIs8bg9huTgCv6Z5jqbqXb
    c/u+NTl6blDZx8QXSLf+f+pD6wXuiIOynROyG2sYbisXvOqK7hUNBXZaMk1jRb8A
    FeUDUKatug+rcwtiTMq2ND0U3tOjZcTNq6VYCuQOtdmYvdoKnOIZjAw44mNhjL3g
    H2RgnOYU8EfjxykPqOTaOa2ZAnxwjIZWKbI4dnbLxZlT2KquumzEJ58Ollasu2TG
    KiqcX3sV5goStG1rkTW8j0vwSyxUQV5Ox3OoMVNpvPLeBQ7AfA9aJT0Dzgd3DGZA
    m0P6JbvpAgMBAAECggEATNvUhukdO1ufiqtdKx28TU8jdn55RLBctQmzM7Oj0W4j
    nZQg80GFpQC7q6rafefzNedYZaBAaBgBX/2gPx8+9zOSi1nai2jbNc1PSqKJ+I+J
    Pw9Ak2NVlapxb5vDW91qL9YEGpzT5dZDLQaOKBDpelfuF5dgU/R/a0oY2uZPLlRQ
    t672Idc8iSca2SUTwWpOLU7Yy0B2fxnQWrzV6PcvbpAhgeFvHoUChdfNXc+tfHVy
    Ylp2yB8kbO0KuLttkUeFSmdfLxArqukbgc6ouaatJlB/zheOtYhZUWA7qcQmo3rd
    Djpkvk0lgI7w9iLvD1LsHGMhAszxL5JwwfXxF40r6wKBgQDi1S1QluXE/wPouRul
    YQF0c9X4iZh6sGgeHjlTKQLhQL2KoBQtxdrse2ulGK6EO6VfSjCDVSZcK65DqY2v
    94iMVDPMiUJ2JoDnuS+k6wkh8JvxWFu8skwvLPT1mCiycdhXnHun5V8HlgrcoiRi
    Srfzm5s4vSwf83KUPplj4aXm3wKBgQC5oOyGcaUQ4XIq6yln8EwW19q7ThN2bpvP
    xd4nZ4zGPZeMRkluwYekk+aHSC6o0BgioWsbZcCbhodTz7MYq2QHIhvs6njy3kEF
    oEBwdz/L49OMQuWnu4WgsUC95CRtxlxMfemuzpAkZgNzvqoMTTk28nYGt6jBQv6r
    KbQ97u0eNwKBgFJoAeNyPp03zDLC9QE64a1t28FEM6n25oxyjH7iulIdE/8Fsu8C
    H0ukdvHuqpANn0GkEUXVLG91ywR316qi8e+RM5ROFWAZEuGcTGvMm2/CGtUuNX2z
    BKxq179VfQt/Aoqppd7UHJcD8oQ/P5qZ7IRK9rRBPYOKDQlASLeZpYzfAoGAalZ0
    iIP7wlLT2yBB5Qf0HrXi2J/eaF7upTS9kacxLrND6JivImJ9ONt9GQxRpmUnHleI
    CvbcQnvrdCiseTpdn/R7ONoNFVwatYVaxNKbWkqV+misNM0ovKgt5VoXQEd8wljz
    EC/GxQMngRu9QDTQzNhSooB9jNC7IQRP+5augTsCgYAfQRsGkXWnI2yqDycuD1W3
    Y0WEGhHI2WJ3x5jk66jdCrlqMaCSCD9Bnl4iVLcOzh5m6D2qoCRXIi/Sa9Db8cIu
    rcNs4gRvjOdLbshO9/lbT5enpcvKYDDOJVJxGn5o42WmgqawGuaydmaOI5zD/7ER
    hRCfiI2f857t8bM7lpsSag==
    -----END PRIVATE KEY-----

    """

  /// Too short for signing.
  static let shortRSA = """
    -----BEGIN PRIVATE KEY-----
    MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBALpLXAUsSXYEk4cT
    zSyBmY8zsTnQYvAgdmye/w57YlW6Z5JezjhfENJu1NaoYPc84hYugt6bpM582CGA
    +7GHKb62Yrn0NSyACuEQ0s91ASOSo/7vXzpGgGSW2BW15gQUa6oJxlNwNnXSdTXT
    vqUISVELUhtwk/Z+nO1XecRhFbnDAgMBAAECgYBLPBHumOMWAWUfARU0Kya72XFy
    WsEKHuIUneV9kMC2xG/9gcIgq+vcQBw+kIOQdYsM0D3T7uGQ7oROi4uaN27YwKNt
    bs6QtsZTl8cLzvj3THPeEXg8GvjYKJ+Uc1ECwQl4d8oLdjp/sslc3P+l9NvU0XjK
    xLAS0bKqOI75zHoicQJBAOaHncAGnmxUA7KMOAk3ibmb12SdSnyAaG1mO3sDxUv9
    HBpCbZsu5I1u1Zg9krPnchaO0ONpoEBm/61dXtI5E8kCQQDO4JML71c2NK4WpTEY
    p7w1uJgAAPTk48dp5QVyiNA3jl8vr9Fc1yXkr96Ank1WDsTCn/IkDoOb36ul5snn
    sa8rAkARp5MqMJeTXj/GPbzQ3+L5RvkQ6Iba0A6vSiQGALzsW976F9pDBy1Ts4hC
    F30TsAbpuVhAAkfWhszP3xWy7dIZAkEArNBYxc2HktZq3qvb2Xa0+ENdZhNmf5Xv
    TPxtkoHLPb2GsjUytVVcaC6ptdOHUu4/Wz11br1ZH2q23n1uCEgbxQJBANr9lYOn
    9DRQcb2OuLiyk1aXN2ArOUYRnmf/TuQ1Q2s3IYYLoEhB7AjIG5dGy0wCWNsSfBt4
    kKqk3F55WChKJvI=
    -----END PRIVATE KEY-----

    """

  /// The key of RFC 8463, appendix A.2.
  static let ed25519 = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
    -----END PRIVATE KEY-----

    """

  /// The key as in a JSON string.
  static func json(_ pem: String) -> String { pem.replacing("\n", with: "\\n") }
}
