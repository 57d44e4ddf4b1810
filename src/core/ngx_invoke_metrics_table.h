/*
 * The metrics of a worker, a row each, for ngx_invoke_metrics.[ch], which
 * include this more than once:
 *
 *     NGX_INVOKE_METRIC(name, type, group, key, prometheus, label, help)
 *
 * A GAUGE is what is now, a COUNTER what happened. Group and key are its place
 * in the JSON document, where those of a group stand in this order; NONE: it
 * is not there by itself. The name for Prometheus, or NULL, begins with the
 * first row that has it, which has the help.
 *
 * A new row is counted by ngx_invoke_metrics_add(), and has its place in
 * conf/README.md.
 */

NGX_INVOKE_METRIC(ISOLATES_TOTAL, GAUGE, ISOLATES, "total", NULL, NULL, NULL)
NGX_INVOKE_METRIC(ISOLATES_AVAILABLE, GAUGE, ISOLATES, "available",
    "invoke_isolates", "{state=\"available\"}", "Isolates by state.")
NGX_INVOKE_METRIC(ISOLATES_ACTIVE, GAUGE, ISOLATES, "active",
    "invoke_isolates", "{state=\"active\"}", NULL)
NGX_INVOKE_METRIC(ISOLATES_CORRUPTED, COUNTER, ISOLATES, "corrupted",
    "invoke_isolates_corrupted_total", "",
    "Isolates given up because of a limit.")
NGX_INVOKE_METRIC(ISOLATES_CREATED, COUNTER, ISOLATES, "created",
    "invoke_isolates_created_total", "", "Isolates created.")
NGX_INVOKE_METRIC(ISOLATES_DESTROYED, COUNTER, ISOLATES, "destroyed",
    "invoke_isolates_destroyed_total", "", "Isolates destroyed.")
NGX_INVOKE_METRIC(ISOLATES_STARTING, GAUGE, ISOLATES, "starting",
    "invoke_isolates", "{state=\"starting\"}", NULL)
NGX_INVOKE_METRIC(ISOLATES_PARKED, GAUGE, ISOLATES, "parked",
    "invoke_isolates", "{state=\"parked\"}", NULL)
NGX_INVOKE_METRIC(ISOLATES_QUARANTINED, COUNTER, ISOLATES, "quarantined",
    "invoke_isolates_quarantined_total", "",
    "Isolates whose thread was parked for good.")
NGX_INVOKE_METRIC(ISOLATES_TERMINATED, COUNTER, ISOLATES, "terminated",
    "invoke_isolates_terminated_total", "",
    "Times that an isolate's JavaScript was stopped.")
NGX_INVOKE_METRIC(ISOLATES_UNOWNED, COUNTER, ISOLATES, "unowned",
    "invoke_unowned_total", "", "Times that work ran for no invocation.")
NGX_INVOKE_METRIC(CONTEXTS_CREATED, COUNTER, ISOLATES, "contexts",
    "invoke_contexts_created_total", "", "Contexts created.")
NGX_INVOKE_METRIC(PROGRAMS_DROPPED, COUNTER, ISOLATES, "dropped",
    "invoke_programs_dropped_total", "",
    "Functions that left an isolate for want of memory.")

/* bytes */

NGX_INVOKE_METRIC(HEAP_USED, GAUGE, ISOLATES, "heapUsed",
    "invoke_heap_used_bytes", "", "Memory in use by the isolates.")
NGX_INVOKE_METRIC(ACCOUNTED, GAUGE, ISOLATES, "memoryAccounted",
    "invoke_memory_accounted_bytes", "", "All that the isolates hold.")
NGX_INVOKE_METRIC(RESIDENT, GAUGE, ISOLATES, "memoryResident",
    "invoke_memory_resident_bytes", "", "Resident size of the workers.")

/* compiled modules; the rate of the hits comes between the two groups */

NGX_INVOKE_METRIC(MODULES_SIZE, GAUGE, MODULES, "size",
    "invoke_module_cache_entries", "", "Compiled modules in the caches.")
NGX_INVOKE_METRIC(MODULES_HITS, COUNTER, MODULES, "hits",
    "invoke_module_cache_hits_total", "", "Modules found compiled.")
NGX_INVOKE_METRIC(MODULES_MISSES, COUNTER, MODULES, "misses",
    "invoke_module_cache_misses_total", "", "Modules not found compiled.")
NGX_INVOKE_METRIC(MODULES_EVICTIONS, COUNTER, MODULES, "evictions",
    "invoke_module_cache_evictions_total", "", "Modules dropped for others.")

NGX_INVOKE_METRIC(MODULES_CODE_CACHE_HITS, COUNTER, CODE, "codeCacheHits",
    "invoke_code_cache_hits_total", "",
    "Modules deserialised instead of compiled.")
NGX_INVOKE_METRIC(MODULES_CODE_CACHE_REJECTED, COUNTER, CODE,
    "codeCacheRejected", "invoke_code_cache_rejected_total", "",
    "Compiled code that V8 refused.")
NGX_INVOKE_METRIC(MODULES_CODE_LOADED, COUNTER, CODE, "codeCacheLoaded",
    "invoke_code_cache_loaded_total", "",
    "Compiled code that was read from disk.")
NGX_INVOKE_METRIC(MODULES_CODE_STORED, COUNTER, CODE, "codeCacheStored",
    "invoke_code_cache_stored_total", "",
    "Compiled code that was written to disk.")
NGX_INVOKE_METRIC(MODULES_STRIPPED, COUNTER, CODE, "stripped",
    "invoke_typescript_stripped_total", "",
    "Times that types were stripped from a text.")
NGX_INVOKE_METRIC(MODULES_BYTES, GAUGE, CODE, "bytes",
    "invoke_module_cache_bytes", "", "Their sources and compiled code.")

NGX_INVOKE_METRIC(INVOCATIONS_ACTIVE, GAUGE, INVOCATIONS, "active",
    "invoke_invocations_active", "", "Invocations under way.")

NGX_INVOKE_METRIC(QUEUE_WAITING, GAUGE, QUEUE, "waiting",
    "invoke_queue_waiting", "", "Invocations that wait.")
NGX_INVOKE_METRIC(QUEUE_ENQUEUED, COUNTER, QUEUE, "enqueued",
    "invoke_queue_enqueued_total", "", "Invocations that had to wait.")
NGX_INVOKE_METRIC(QUEUE_REJECTED, COUNTER, QUEUE, "rejected",
    "invoke_queue_rejected_total", "",
    "Invocations refused by a full queue.")
NGX_INVOKE_METRIC(QUEUE_TIMEOUTS, COUNTER, QUEUE, "timeouts",
    "invoke_queue_timeouts_total", "",
    "Invocations that have waited too long.")

/* what functions wait for, as a disk, while their thread does not */

NGX_INVOKE_METRIC(WORK_ACTIVE, GAUGE, WORK, "active",
    "invoke_work_active", "", "Pieces of work that wait or run elsewhere.")
NGX_INVOKE_METRIC(WORK_DONE, COUNTER, WORK, "done",
    "invoke_work_done_total", "", "Pieces of work that have ended.")

/* connections that functions make */

NGX_INVOKE_METRIC(EGRESS_CONNECTS, COUNTER, EGRESS, "connects",
    "invoke_egress_connects_total", "", "Connections that functions began.")
NGX_INVOKE_METRIC(EGRESS_DENIED, COUNTER, EGRESS, "denied",
    "invoke_egress_denied_total", "", "Connections that the policy denied.")
NGX_INVOKE_METRIC(EGRESS_FAILED, COUNTER, EGRESS, "failed",
    "invoke_egress_failed_total", "", "Connections that failed.")
NGX_INVOKE_METRIC(EGRESS_BYTES_IN, COUNTER, EGRESS, "bytesIn",
    "invoke_egress_bytes_total", "{direction=\"in\"}",
    "Bytes of the connections of functions.")
NGX_INVOKE_METRIC(EGRESS_BYTES_OUT, COUNTER, EGRESS, "bytesOut",
    "invoke_egress_bytes_total", "{direction=\"out\"}", NULL)
NGX_INVOKE_METRIC(EGRESS_OPEN, GAUGE, EGRESS, "open",
    "invoke_egress_open", "", "Sockets that functions have open.")
NGX_INVOKE_METRIC(EGRESS_PARKED, GAUGE, EGRESS, "parked",
    "invoke_egress_parked", "",
    "Idle connections that wait for the next invocation.")
NGX_INVOKE_METRIC(EGRESS_REUSED, COUNTER, EGRESS, "reused",
    "invoke_egress_reused_total", "",
    "Those that an invocation has taken over.")
NGX_INVOKE_METRIC(EGRESS_DNS_QUERIES, COUNTER, EGRESS, "dnsQueries",
    "invoke_egress_dns_queries_total", "",
    "Questions of functions to name servers.")
NGX_INVOKE_METRIC(EGRESS_DNS_FAILURES, COUNTER, EGRESS, "dnsFailures",
    "invoke_egress_dns_failures_total", "",
    "Those that got no answer, or a refusal.")
NGX_INVOKE_METRIC(EGRESS_TLS_HANDSHAKES, COUNTER, EGRESS, "tlsHandshakes",
    "invoke_egress_tls_handshakes_total", "",
    "Handshakes of TLS that functions have done.")
NGX_INVOKE_METRIC(EGRESS_TLS_RESUMED, COUNTER, EGRESS, "tlsResumed",
    "invoke_egress_tls_resumed_total", "",
    "Those that went on with a session of before.")

/* promises that functions gave to waitUntil() */

NGX_INVOKE_METRIC(WAIT_UNTIL_PENDING, GAUGE, WAIT_UNTIL, "pending",
    "invoke_wait_until_pending", "", "Promises of waitUntil() that pend.")
NGX_INVOKE_METRIC(WAIT_UNTIL_PROMISES, COUNTER, WAIT_UNTIL, "promises",
    "invoke_wait_until_promises_total", "", "Promises given to waitUntil().")
NGX_INVOKE_METRIC(WAIT_UNTIL_REJECTED, COUNTER, WAIT_UNTIL, "rejected",
    "invoke_wait_until_rejected_total", "", "Those that were rejected.")
NGX_INVOKE_METRIC(WAIT_UNTIL_LOST, COUNTER, WAIT_UNTIL, "lost",
    "invoke_wait_until_lost_total", "",
    "Those whose invocation ended before they had settled.")

NGX_INVOKE_METRIC(CONSOLE_LINES, COUNTER, NONE, NULL,
    "invoke_console_lines_total", "", "Console lines of functions.")
NGX_INVOKE_METRIC(CONSOLE_DROPPED, COUNTER, NONE, NULL,
    "invoke_console_dropped_total", "",
    "Console lines dropped over the limit.")

NGX_INVOKE_METRIC(POSTGRES_CONNECTED, GAUGE, POSTGRES, "connected",
    "invoke_postgres_connected", "",
    "Workers that have a connection to PostgreSQL.")
NGX_INVOKE_METRIC(POSTGRES_LISTENING, GAUGE, POSTGRES, "listening",
    "invoke_postgres_listening", "", "Workers that PostgreSQL notifies.")
NGX_INVOKE_METRIC(POSTGRES_CONNECTIONS, GAUGE, POSTGRES, "connections",
    "invoke_postgres_connections", "", "Connections to PostgreSQL.")
NGX_INVOKE_METRIC(POSTGRES_QUERIES, COUNTER, POSTGRES, "queries",
    "invoke_postgres_queries_total", "", "Queries of PostgreSQL.")
NGX_INVOKE_METRIC(POSTGRES_ERRORS, COUNTER, POSTGRES, "errors",
    "invoke_postgres_errors_total", "",
    "Queries that were refused or got no answer.")
NGX_INVOKE_METRIC(POSTGRES_RECONNECTS, COUNTER, POSTGRES, "reconnects",
    "invoke_postgres_reconnects_total", "",
    "Connections to PostgreSQL made again.")
NGX_INVOKE_METRIC(POSTGRES_NOTIFICATIONS, COUNTER, POSTGRES, "notifications",
    "invoke_postgres_notifications_total", "",
    "Notifications of PostgreSQL.")

/* of a summary: how many, and the sum of their ns */

NGX_INVOKE_METRIC(POSTGRES_ANSWERS, COUNTER, NONE, NULL, NULL, NULL, NULL)
NGX_INVOKE_METRIC(POSTGRES_LATENCY, COUNTER, NONE, NULL, NULL, NULL, NULL)

NGX_INVOKE_METRIC(METADATA_HITS, COUNTER, METADATA, "hits",
    "invoke_metadata_hits_total", "", "Records that were known.")
NGX_INVOKE_METRIC(METADATA_MISSES, COUNTER, METADATA, "misses",
    "invoke_metadata_misses_total", "",
    "Records that the database had to be asked for.")
NGX_INVOKE_METRIC(METADATA_STALE, COUNTER, METADATA, "stale",
    "invoke_metadata_stale_total", "",
    "Records used though the database did not answer.")

NGX_INVOKE_METRIC(LOG_ROWS, COUNTER, LOG, "rows",
    "invoke_execution_log_rows_total", "",
    "Rows of the execution log written.")
NGX_INVOKE_METRIC(LOG_BATCHES, COUNTER, LOG, "batches",
    "invoke_execution_log_batches_total", "",
    "Statements that wrote rows or counts.")
NGX_INVOKE_METRIC(LOG_PENDING, GAUGE, LOG, "pending",
    "invoke_execution_log_pending", "",
    "Rows of the execution log that wait.")
NGX_INVOKE_METRIC(LOG_DROPPED, COUNTER, LOG, "dropped",
    "invoke_execution_log_dropped_total", "",
    "Rows given up for want of room or of a database.")
NGX_INVOKE_METRIC(LOG_FAILED, COUNTER, LOG, "failed",
    "invoke_execution_log_failed_total", "",
    "Rows that the database refused.")

NGX_INVOKE_METRIC(REDIS_CONNECTED, GAUGE, REDIS, "connected",
    "invoke_redis_connected", "", "Workers that Redis answers.")
NGX_INVOKE_METRIC(REDIS_COMMANDS, COUNTER, REDIS, "commands",
    "invoke_redis_commands_total", "", "Commands sent to Redis.")
NGX_INVOKE_METRIC(REDIS_ERRORS, COUNTER, REDIS, "errors",
    "invoke_redis_errors_total", "",
    "Commands that Redis refused, and connections lost.")
NGX_INVOKE_METRIC(REDIS_RECONNECTS, COUNTER, REDIS, "reconnects",
    "invoke_redis_reconnects_total", "",
    "Connections to Redis made anew.")

NGX_INVOKE_METRIC(PACKAGES_HITS, COUNTER, PACKAGES, "hits",
    "invoke_package_cache_hits_total", "", "Packages found on disk.")
NGX_INVOKE_METRIC(PACKAGES_MISSES, COUNTER, PACKAGES, "misses",
    "invoke_package_cache_misses_total", "", "Packages not found on disk.")
NGX_INVOKE_METRIC(PACKAGES_DOWNLOADS, COUNTER, PACKAGES, "downloads",
    "invoke_package_cache_downloads_total", "", "Packages brought to disk.")
NGX_INVOKE_METRIC(PACKAGES_WAITS, COUNTER, PACKAGES, "waits",
    "invoke_package_cache_waits_total", "",
    "Looks at what another process brings.")
NGX_INVOKE_METRIC(PACKAGES_EVICTIONS, COUNTER, PACKAGES, "evictions",
    "invoke_package_cache_evictions_total", "",
    "Packages removed from disk.")

NGX_INVOKE_METRIC(PACKAGES_HASH, COUNTER, REFUSED, "hash",
    "invoke_package_cache_refused_total", "{cause=\"hash\"}",
    "Archives refused.")
NGX_INVOKE_METRIC(PACKAGES_SIZE, COUNTER, REFUSED, "size",
    "invoke_package_cache_refused_total", "{cause=\"size\"}", NULL)

/* by ngx_invoke_unpack_rc_e */

NGX_INVOKE_METRIC(PACKAGES_DAMAGED, COUNTER, REFUSED, "damaged",
    "invoke_package_cache_refused_total", "{cause=\"damaged\"}", NULL)
NGX_INVOKE_METRIC(PACKAGES_OUTSIDE, COUNTER, REFUSED, "outside",
    "invoke_package_cache_refused_total", "{cause=\"outside\"}", NULL)
NGX_INVOKE_METRIC(PACKAGES_TYPE, COUNTER, REFUSED, "type",
    "invoke_package_cache_refused_total", "{cause=\"type\"}", NULL)
NGX_INVOKE_METRIC(PACKAGES_LIMIT, COUNTER, REFUSED, "limit",
    "invoke_package_cache_refused_total", "{cause=\"limit\"}", NULL)

NGX_INVOKE_METRIC(S3_REQUESTS, COUNTER, S3, "requests",
    "invoke_s3_requests_total", "", "Requests to the object store.")
NGX_INVOKE_METRIC(S3_BYTES, COUNTER, S3, "bytes",
    "invoke_s3_bytes_total", "", "Bytes of objects received.")
NGX_INVOKE_METRIC(S3_RETRIES, COUNTER, S3, "retries",
    "invoke_s3_retries_total", "",
    "Requests to the object store made again.")

/* by ngx_invoke_s3_rc_e */

NGX_INVOKE_METRIC(S3_MISSING, COUNTER, S3_ERRORS, "missing",
    "invoke_s3_errors_total", "{kind=\"missing\"}",
    "Requests that brought no object.")
NGX_INVOKE_METRIC(S3_DENIED, COUNTER, S3_ERRORS, "denied",
    "invoke_s3_errors_total", "{kind=\"denied\"}", NULL)
NGX_INVOKE_METRIC(S3_CONNECT, COUNTER, S3_ERRORS, "connect",
    "invoke_s3_errors_total", "{kind=\"connect\"}", NULL)
NGX_INVOKE_METRIC(S3_TIMEOUT, COUNTER, S3_ERRORS, "timeout",
    "invoke_s3_errors_total", "{kind=\"timeout\"}", NULL)
NGX_INVOKE_METRIC(S3_SERVER, COUNTER, S3_ERRORS, "server",
    "invoke_s3_errors_total", "{kind=\"server\"}", NULL)
NGX_INVOKE_METRIC(S3_REFUSED, COUNTER, S3_ERRORS, "refused",
    "invoke_s3_errors_total", "{kind=\"refused\"}", NULL)

/* of a summary, as above, to the last byte */

NGX_INVOKE_METRIC(S3_ANSWERS, COUNTER, NONE, NULL, NULL, NULL, NULL)
NGX_INVOKE_METRIC(S3_LATENCY, COUNTER, NONE, NULL, NULL, NULL, NULL)
