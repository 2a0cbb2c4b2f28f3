"""The tables of engram, as far as `engram` reads them: which columns have a home here, and which follow from others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LINK = {"id", "from_id", "to_id", "created_at", "valid_from", "valid_to", "confidence"}

KNOWN: Mapping[str, set[str]] = {
    "memories": {
        "id", "content", "memory_type", "importance", "created_at", "updated_at", "owner_id", "visibility", "version", "valid_from", "valid_to",
        "scope_type", "scope_id", "scope_path", "expires_at", "workspace", "tier", "event_time", "summary_of_id", "lifecycle_state",
        "procedure_success_count", "procedure_failure_count", "validation_status",
        # made from what is here, and made again
        "access_count", "last_accessed_at", "has_embedding", "embedding_queued_at", "embedding_model", "content_hash", "quality_score",
        "sentiment_score", "sentiment_label", "compressed_content", "compression_ratio", "compression_method", "snapshot_origin",
        "snapshot_loaded_at",
    },
    "tags": {"id", "name"},
    "memory_tags": {"memory_id", "tag_id"},
    "memory_versions": {"id", "memory_id", "version", "content", "tags", "created_at"},
    "crossrefs": _LINK | {"edge_type", "strength", "score", "source", "pinned"},
    "sessions": {
        "id", "session_id", "title", "agent_id", "started_at", "created_at", "last_indexed_at", "message_count", "chunk_count", "workspace",
        "metadata", "summary", "context", "ended_at",
    },
    "session_chunks": {"id", "session_id", "memory_id", "chunk_index", "start_message_index", "end_message_index", "created_at"},
    "session_memories": {"id", "session_id", "memory_id", "added_at", "relevance_score", "context_role"},
    "entities": {"id", "name", "normalized_name", "entity_type", "aliases", "metadata", "mention_count", "created_at", "updated_at"},
    "memory_entities": {"id", "memory_id", "entity_id", "relation", "confidence", "char_offset", "created_at"},
    "identities": {"id", "canonical_id", "display_name", "entity_type", "description", "metadata", "created_at", "updated_at"},
    "identity_aliases": {"id", "canonical_id", "alias", "alias_normalized", "confidence", "created_at"},
    "memory_identity_links": {"id", "memory_id", "canonical_id", "mention_text", "mention_count", "created_at"},
    "graph_entities": {"id", "scope_path", "name", "type", "metadata", "created_at", "updated_at"},
    "facts": {"id", "subject", "predicate", "object", "confidence", "source_memory_id", "created_at"},
    "temporal_edges": _LINK | {"relation", "scope_path"},
    "reflections": {"id", "content", "source_ids", "depth", "created_at"},
    "consolidated_memories": {"id", "source_ids", "summary", "strategy", "tokens_before", "tokens_after", "workspace", "created_at"},
    "shared_memories": {"id", "memory_id", "from_agent", "to_agent", "message", "acknowledged", "acknowledged_at", "created_at"},
    "audit_log": {"id", "timestamp", "user_id", "action", "memory_id", "changes"},
    "search_feedback": {
        "id", "query", "query_embedding_hash", "embedding_hash", "memory_id", "signal", "rank_position", "original_score", "workspace",
        "created_at", "timestamp",
    },
    "utility_feedback": {"id", "memory_id", "was_useful", "query", "ts", "timestamp", "created_at"},
    "memory_blocks": {"name", "content", "version", "max_tokens", "created_at", "updated_at"},
    "block_edit_log": {"id", "block_name", "old_content", "new_content", "edit_reason", "timestamp"},
}  # fmt: skip

USUAL: Mapping[str, Mapping[str, Any]] = {
    "memories": {"visibility": "private", "procedure_success_count": 0, "procedure_failure_count": 0, "validation_status": "unverified"},
    "crossrefs": {"pinned": 0},
}
"""What they put into a column of which nobody said anything."""

DERIVED = ("schema_version",)
