"""Writes MCAP files, as another program than tcs-replay would: by struct and zlib alone, after the specification (mcap.dev/spec).

    mcap_writer.py FOLDER < CASES

CASES are lines of JSON: {"name": …, "records": [{"type": "Message", "fields": [["channel_id", "1"], …]}, …],
"features": ["ch", …]}. Numbers are texts, bytes are lists of numbers or a text. Of each case a file NAME.mcap is written. Features:

    ch   messages, their schemas and channels are in one chunk   chx  the summary has an index of it
    mx   message indexes follow it                               st   the summary has statistics
    rch  the summary repeats the channels                        rsh  … the schemas
    ax   … has an index of the attachments                       mdx  … of the metadata
    sum  offsets of the groups of the summary                    pad  three bytes follow the fields of records outside of the chunk
"""

import json
import struct
import sys
import zlib

MAGIC = b"\x89MCAP0\r\n"
CODES = {
    "Header": 1, "Footer": 2, "Schema": 3, "Channel": 4, "Message": 5, "Chunk": 6, "MessageIndex": 7, "ChunkIndex": 8,
    "Attachment": 9, "AttachmentIndex": 10, "Statistics": 11, "Metadata": 12, "MetadataIndex": 13, "SummaryOffset": 14,
    "DataEnd": 15,
}
PADDING = b"\x01\xff\xff"
NEVER_PADDED = ("Message", "Chunk", "DataEnd", "Footer")


def text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data


def data_of(value):
    return value.encode() if isinstance(value, str) else bytes(int(byte) for byte in value)


def blob(data):
    return struct.pack("<I", len(data)) + data


class Writer:
    def __init__(self, records, features):
        self.features = features
        self.groups = {}
        self.records = [(record["type"], dict(record["fields"])) for record in records]

    def has(self, feature):
        return feature in self.features

    def record(self, kind, content, is_padded=True):
        if is_padded and self.has("pad") and kind not in NEVER_PADDED:
            content += PADDING
        return struct.pack("<BQ", CODES[kind], len(content)) + content

    def plain(self, kind, fields, is_padded=True):
        """A record whose content is that of its fields alone."""
        number = lambda name: int(fields[name])
        if kind == "Header":
            content = text(fields["profile"]) + text(fields["library"])
        elif kind == "Schema":
            content = struct.pack("<H", number("id")) + text(fields["name"]) + text(fields["encoding"])
            content += blob(data_of(fields["data"]))
        elif kind == "Channel":
            metadata = b"".join(text(key) + text(value) for key, value in fields["metadata"].items())
            content = struct.pack("<HH", number("id"), number("schema_id")) + text(fields["topic"])
            content += text(fields["message_encoding"]) + blob(metadata)
        elif kind == "Message":
            times = (number("log_time"), number("publish_time"))
            content = struct.pack("<HIQQ", number("channel_id"), number("sequence"), *times) + data_of(fields["data"])
        elif kind == "Metadata":
            content = text(fields["name"])
            content += blob(b"".join(text(key) + text(value) for key, value in fields["metadata"].items()))
        elif kind == "Attachment":
            data = data_of(fields["data"])
            content = struct.pack("<QQ", number("log_time"), number("create_time")) + text(fields["name"])
            content += text(fields["media_type"]) + struct.pack("<Q", len(data)) + data
            content += struct.pack("<I", zlib.crc32(content))
        else:
            raise ValueError(f"no record of type {kind} is expected here")
        return self.record(kind, content, is_padded)

    def of(self, *kinds):
        return [(kind, fields) for kind, fields in self.data if kind in kinds]

    def write(self):
        end = next(i for i, (kind, _) in enumerate(self.records) if kind == "DataEnd")
        self.data = self.records[:end]
        out = bytearray(MAGIC)
        attachments, metadata = [], []
        in_chunk = ("Schema", "Channel", "Message") if self.has("ch") else ()
        chunk = None
        for kind, fields in self.data:
            if kind in in_chunk:
                if chunk is None:
                    chunk = self.chunk(out)
                continue
            at = len(out)
            out += self.plain(kind, fields)
            place = (at, len(out) - at, fields)
            if kind == "Attachment":
                attachments.append(place)
            elif kind == "Metadata":
                metadata.append(place)
        out += self.record("DataEnd", struct.pack("<I", zlib.crc32(bytes(out))))
        self.summary(out, chunk, attachments, metadata)
        return bytes(out)

    def chunk(self, out):
        records, index = bytearray(), {}
        for kind, fields in self.of("Schema", "Channel", "Message"):
            if kind == "Message":
                entry = struct.pack("<QQ", int(fields["log_time"]), len(records))
                index.setdefault(int(fields["channel_id"]), bytearray()).extend(entry)
            records += self.plain(kind, fields, is_padded=False)
        times = [int(fields["log_time"]) for _, fields in self.of("Message")] or [0]
        content = struct.pack("<QQQI", min(times), max(times), len(records), zlib.crc32(bytes(records)))
        content += text("") + struct.pack("<Q", len(records)) + records
        at = len(out)
        out += self.record("Chunk", content)
        length = len(out) - at
        offsets = {}
        if self.has("mx"):
            for channel, entries in index.items():
                offsets[channel] = len(out)
                out += self.record("MessageIndex", struct.pack("<H", channel) + blob(bytes(entries)))
        return (at, length, len(out) - at - length, offsets, min(times), max(times), len(records))

    def group(self, out, kind, records):
        if not records:
            return
        at = len(out)
        for content in records:
            out += content
        self.groups[kind] = (at, len(out) - at)

    def summary(self, out, chunk, attachments, metadata):
        start = len(out)
        if self.has("rsh"):
            self.group(out, "Schema", [self.plain(*each) for each in self.of("Schema")])
        if self.has("rch"):
            self.group(out, "Channel", [self.plain(*each) for each in self.of("Channel")])
        if self.has("st"):
            self.group(out, "Statistics", [self.record("Statistics", self.statistics(chunk))])
        if self.has("chx") and chunk is not None:
            self.group(out, "ChunkIndex", [self.record("ChunkIndex", self.chunk_index(chunk))])
        if self.has("ax"):
            self.group(out, "AttachmentIndex", [self.record("AttachmentIndex", self.attachment(*each)) for each in attachments])
        if self.has("mdx"):
            self.group(out, "MetadataIndex", [self.record("MetadataIndex", self.metadata(*each)) for each in metadata])
        has_summary = len(out) > start
        offsets_at = len(out)
        if self.has("sum"):
            for kind, (at, length) in self.groups.items():
                out += self.record("SummaryOffset", struct.pack("<BQQ", CODES[kind], at, length))
        has_offsets = len(out) > offsets_at
        footer = struct.pack("<BQQQ", CODES["Footer"], 20, start if has_summary else 0, offsets_at if has_offsets else 0)
        crc = zlib.crc32(bytes(out[start:]) + footer)
        out += footer + struct.pack("<I", crc) + MAGIC

    def statistics(self, chunk):
        messages = [fields for _, fields in self.of("Message")]
        times = [int(fields["log_time"]) for fields in messages] or [0]
        counts = {}
        for fields in messages:
            channel = int(fields["channel_id"])
            counts[channel] = counts.get(channel, 0) + 1
        count = lambda kind: len(self.of(kind))
        numbers = (count("Schema"), count("Channel"), count("Attachment"), count("Metadata"), 0 if chunk is None else 1)
        content = struct.pack("<QHIIII", len(messages), *numbers) + struct.pack("<QQ", min(times), max(times))
        return content + blob(b"".join(struct.pack("<HQ", *each) for each in counts.items()))

    def chunk_index(self, chunk):
        at, length, index_length, offsets, first, last, size = chunk
        content = struct.pack("<QQQQ", first, last, at, length)
        content += blob(b"".join(struct.pack("<HQ", *each) for each in offsets.items()))
        return content + struct.pack("<Q", index_length) + text("") + struct.pack("<QQ", size, size)

    def attachment(self, at, length, fields):
        size = len(data_of(fields["data"]))
        content = struct.pack("<QQQQQ", at, length, int(fields["log_time"]), int(fields["create_time"]), size)
        return content + text(fields["name"]) + text(fields["media_type"])

    def metadata(self, at, length, fields):
        return struct.pack("<QQ", at, length) + text(fields["name"])


def main():
    for line in sys.stdin:
        case = json.loads(line)
        features = case["features"] if "features" in case else case["meta"]["variant"]["features"]
        with open(f"{sys.argv[1]}/{case['name']}.mcap", "wb") as file:
            file.write(Writer(case["records"], features).write())


if __name__ == "__main__":
    main()
