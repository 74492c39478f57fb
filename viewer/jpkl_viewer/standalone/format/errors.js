// Why a file cannot be read; the same kinds as `jpkl/_errors.py`.

/** The file is not a well-formed JPkl file. */
export class FormatError extends Error {
  name = "FormatError";
  /** Where in the file. @type {number | null} */
  offset = null;

  /**
   * @param {string} message
   * @param {number | null} [offset]
   */
  constructor(message, offset = null) {
    super(message);
    this.offset = offset;
  }
}

/** The file names something that is not plain data; nothing was run. */
export class UnsafePickleError extends FormatError {
  name = "UnsafePickleError";
}

/** The file ends before its pickle does. */
export class TruncatedFileError extends FormatError {
  name = "TruncatedFileError";
}

/** The file is of a version or codec that is not known. */
export class UnsupportedVersionError extends FormatError {
  name = "UnsupportedVersionError";
}

/** The index at the end of a file is damaged, or is not the one of this pickle. */
export class TrailerError extends Error {
  name = "TrailerError";
}
