// SPDX-License-Identifier: Apache-2.0
internal import CZlib

/// Inflates a gzip-compressed body (RFC 1952) piece by piece, so that the caller can stop at any size.
///
/// The pipeline's own decompressor inflates everything that arrives before the caller is known; this one runs after the
/// caller was authorized.
package struct GzipReader: ~Copyable {
  package enum Fault: Error, Hashable {
    /// It is not gzip, or it is damaged.
    case damaged
    /// It ends before its last member does.
    case cut
  }

  /// zlib stores the address of this stream, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// How much is inflated at a time.
  private static let pieceSize = 64 << 10
  /// The largest window, and gzip headers only (16), not zlib's or none.
  private static let windowBits: Int32 = 15 + 16

  package init() throws(Fault) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, GzipReader.windowBits, ZLIB_VERSION, size) == Z_OK else { throw .damaged }
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// Passes the inflated bytes to `take`, at most 64 KiB at a time; an error it throws ends the reading.
  ///
  /// Several members in a row are one body.
  package func inflate(_ bytes: [UInt8], _ take: (ArraySlice<UInt8>) throws -> Void) throws {
    var input = bytes
    var piece = [UInt8](repeating: 0, count: GzipReader.pieceSize)
    try input.withUnsafeMutableBufferPointer { input in
      stream.pointee.next_in = input.baseAddress
      stream.pointee.avail_in = UInt32(input.count)
      defer { stream.pointee.next_in = nil }
      while true {
        let (count, code) = fill(&piece)
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw Fault.damaged }
        if count > 0 { try take(piece[..<count]) }
        if code == Z_STREAM_END {
          if stream.pointee.avail_in == 0 { return }
          guard inflateReset(stream) == Z_OK else { throw Fault.damaged }
        } else if count < piece.count, stream.pointee.avail_in == 0 {
          throw Fault.cut
        }
      }
    }
  }

  private func fill(_ piece: inout [UInt8]) -> (count: Int, code: Int32) {
    piece.withUnsafeMutableBufferPointer { output in
      stream.pointee.next_out = output.baseAddress
      stream.pointee.avail_out = UInt32(output.count)
      let code = CZlib.inflate(stream, Z_NO_FLUSH)
      return (output.count - Int(stream.pointee.avail_out), code)
    }
  }
}
