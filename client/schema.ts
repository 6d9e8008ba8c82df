// The types of the API, from openapi.json: `npm run openapi -- --write` updates both.

export interface paths {
    "/api/appointment/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List, in slices
         * @description Needs the role user.
         */
        get: operations["appointmentList"];
        put?: never;
        /**
         * Add
         * @description Needs the role user.
         */
        post: operations["appointmentCreate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/appointment/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read
         * @description Needs the role user.
         */
        get: operations["appointmentRead"];
        /**
         * Change the given fields
         * @description Needs the role user.
         */
        put: operations["appointmentUpdate"];
        post?: never;
        /**
         * Delete
         * @description Needs the role user.
         */
        delete: operations["appointmentRemove"];
        options?: never;
        head?: never;
        /**
         * Change the given fields; the same as PUT
         * @description Needs the role user.
         */
        patch: operations["appointmentPatch"];
        trace?: never;
    };
    "/api/auth/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a new access token
         * @description Needs a refresh token.
         */
        get: operations["authRefresh"];
        put?: never;
        /**
         * Log in
         * @description For everybody.
         */
        post: operations["authLogin"];
        /**
         * Log out: revoke the refresh token and all tokens that came from it
         * @description Needs a refresh token.
         */
        delete: operations["authLogout"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change one's own password, which ends all tokens of the account
         * @description Needs an access token.
         */
        put: operations["authChangeOwnPassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange the refresh token for a new pair of tokens
         * @description Needs a refresh token.
         */
        post: operations["authRotateToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/category/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List, in slices
         * @description Needs the role user.
         */
        get: operations["categoryList"];
        put?: never;
        /**
         * Add
         * @description Needs the role user.
         */
        post: operations["categoryCreate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/category/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read
         * @description Needs the role user.
         */
        get: operations["categoryRead"];
        /**
         * Change the given fields
         * @description Needs the role user.
         */
        put: operations["categoryUpdate"];
        post?: never;
        /**
         * Delete
         * @description Needs the role user.
         */
        delete: operations["categoryRemove"];
        options?: never;
        head?: never;
        /**
         * Change the given fields; the same as PUT
         * @description Needs the role user.
         */
        patch: operations["categoryPatch"];
        trace?: never;
    };
    "/api/measure/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List, in slices
         * @description Needs the role user.
         */
        get: operations["measureList"];
        put?: never;
        /**
         * Add
         * @description Needs the role user.
         */
        post: operations["measureCreate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/measure/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add many records, all or none
         * @description Needs the role user.
         */
        post: operations["measureCreateAll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/measure/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read
         * @description Needs the role user.
         */
        get: operations["measureRead"];
        /**
         * Change the given fields
         * @description Needs the role user.
         */
        put: operations["measureUpdate"];
        post?: never;
        /**
         * Delete
         * @description Needs the role user.
         */
        delete: operations["measureRemove"];
        options?: never;
        head?: never;
        /**
         * Change the given fields; the same as PUT
         * @description Needs the role user.
         */
        patch: operations["measurePatch"];
        trace?: never;
    };
    "/api/patient/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List, in slices
         * @description Needs the role user.
         */
        get: operations["patientList"];
        put?: never;
        /**
         * Add
         * @description Needs the role user.
         */
        post: operations["patientCreate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/patient/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read
         * @description Needs the role user.
         */
        get: operations["patientRead"];
        /**
         * Change the given fields
         * @description Needs the role user.
         */
        put: operations["patientUpdate"];
        post?: never;
        /**
         * Delete
         * @description Needs the role user.
         */
        delete: operations["patientRemove"];
        options?: never;
        head?: never;
        /**
         * Change the given fields; the same as PUT
         * @description Needs the role user.
         */
        patch: operations["patientPatch"];
        trace?: never;
    };
    "/api/patient/{id}/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Report who has had access, the latest first
         * @description Needs the role auditor.
         */
        get: operations["patientReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the process is alive
         * @description For everybody.
         */
        get: operations["healthLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the server can serve requests
         * @description For everybody.
         */
        get: operations["healthReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccessReport: {
            accesses: components["schemas"]["AccessReportEntry"][];
            /**
             * @description Send it as `before` to get older ones. Null when there are none.
             * @example 17
             */
            next: string | null;
        };
        AccessReportEntry: {
            /**
             * Format: date-time
             * @description RFC 3339 in UTC, to the millisecond.
             * @example 2024-02-29T09:30:00Z
             */
            time: string;
            /** @description The name that the account had. `Anonymous` when nobody was identified. */
            user: string;
            /**
             * Format: int32
             * @example 1
             */
            user_id: number | null;
            /** @description The roles that the account held. */
            roles: string[];
            /** @description The IP address of the client. */
            address: string;
            /**
             * @example create
             * @enum {string|null}
             */
            action: "create" | "read" | "update" | "delete" | "execute" | null;
            method: string;
            path: string;
            /**
             * @example success
             * @enum {string|null}
             */
            outcome: "success" | "refused" | "invalid" | "failed" | "aborted" | null;
            /**
             * Format: int32
             * @example 200
             */
            status: number;
            request_id: string;
        };
        AccessToken: {
            /**
             * @description A JSON Web Token (RFC 7519).
             * @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl
             */
            access_token: string;
        };
        /**
         * @example {
         *       "id": 1,
         *       "patient_id": 1,
         *       "date": "2024-02-29T09:30:00Z",
         *       "measures": [],
         *       "measures_next": null
         *     }
         */
        Appointment: {
            /**
             * Format: int32
             * @example 1
             */
            id: number;
            /**
             * Format: int32
             * @example 1
             */
            patient_id: number;
            /**
             * Format: date-time
             * @description RFC 3339 in UTC, to the millisecond.
             * @example 2024-02-29T09:30:00Z
             */
            date: string;
            measures: components["schemas"]["Measure"][];
            /**
             * Format: int32
             * @description Older records follow at `/api/measure/?appointment_id=…&before=…`: this is the `before`. Null when all are shown.
             * @example 1
             */
            measures_next: number | null;
        };
        /**
         * @example {
         *       "patient_id": 1,
         *       "date": "2024-02-29T09:30:00Z"
         *     }
         */
        AppointmentBody: {
            /**
             * Format: int32
             * @example 1
             */
            patient_id: number;
            /**
             * @description RFC 3339, or without an offset, which means UTC. Stored to the millisecond.
             * @example 2024-02-29T09:30:00Z
             */
            date: string;
        };
        /**
         * @example {
         *       "patient_id": 1,
         *       "date": "2024-02-29T09:30:00Z"
         *     }
         */
        AppointmentChanges: {
            /**
             * Format: int32
             * @example 1
             */
            patient_id?: number;
            /**
             * @description RFC 3339, or without an offset, which means UTC. Stored to the millisecond.
             * @example 2024-02-29T09:30:00Z
             */
            date?: string;
            /** @description Optional, but only as it was read. */
            id?: unknown;
            /** @description Optional, but only as it was read. */
            measures?: unknown;
            /** @description Optional, but only as it was read. */
            measures_next?: unknown;
        };
        AppointmentList: {
            appointments: components["schemas"]["Appointment"][];
            /**
             * @description Send it as `after` to get the next slice, or as `before` when the list is read backwards. An id, or a text when the list is sorted. Null in the last slice.
             * @example null
             */
            next: (number | null) | string;
            /**
             * Format: int32
             * @description With `count=true`: how many records the whole list has. Null when that would take long: several conditions, or a search, that each find more than 5,000 records.
             * @example 1
             */
            count?: number | null;
        };
        BatchCreated: {
            /** @description In the order of the records. */
            ids: number[];
        };
        /**
         * @example {
         *       "id": 1,
         *       "name": "Heart rate"
         *     }
         */
        Category: {
            /**
             * Format: int32
             * @example 1
             */
            id: number;
            name: string;
        };
        /**
         * @example {
         *       "name": "Heart rate"
         *     }
         */
        CategoryBody: {
            name: string;
        };
        /**
         * @example {
         *       "name": "Heart rate"
         *     }
         */
        CategoryChanges: {
            name?: string;
            /** @description Optional, but only as it was read. */
            id?: unknown;
        };
        CategoryList: {
            categories: components["schemas"]["Category"][];
            /**
             * @description Send it as `after` to get the next slice, or as `before` when the list is read backwards. An id, or a text when the list is sorted. Null in the last slice.
             * @example null
             */
            next: (number | null) | string;
            /**
             * Format: int32
             * @description With `count=true`: how many records the whole list has. Null when that would take long: several conditions, or a search, that each find more than 5,000 records.
             * @example 1
             */
            count?: number | null;
        };
        /**
         * @example {
         *       "username": "client",
         *       "password": "123456"
         *     }
         */
        Credentials: {
            username: string;
            /** Format: password */
            password: string;
        };
        ErrorBody: {
            /** Format: int32 */
            statusCode: number;
            /** @description The name of the status. */
            error: string;
            /** @description What is wrong, for a person. */
            message: string;
            /** @description What is wrong, for a program. */
            code: string;
            /** @description On 401: the same as `message`. */
            msg?: string;
            /** @description One entry for each invalid field, or for each field whose value already exists. Of many records sent together, one for each wrong record. */
            details?: {
                /** @description The path of the field. */
                field: string;
                /** @description What is wrong with the field. */
                message: string;
            }[];
            /**
             * Format: uuid
             * @description On 5xx: the id under which the operator finds the request in the logs.
             */
            requestId?: string;
        };
        Health: {
            /** @constant */
            status: "ok";
        };
        /**
         * @example {
         *       "id": 1,
         *       "marker": null,
         *       "value": 72.5,
         *       "timestamp": "2024-02-29T09:41:00Z",
         *       "appointment_id": 1,
         *       "category": {
         *         "id": 1,
         *         "name": "Heart rate"
         *       }
         *     }
         */
        Measure: {
            /**
             * Format: int32
             * @example 1
             */
            id: number;
            marker: string | null;
            /**
             * Format: double
             * @example 72.5
             */
            value: number;
            /**
             * Format: date-time
             * @description RFC 3339 in UTC, to the millisecond.
             * @example 2024-02-29T09:30:00Z
             */
            timestamp: string;
            /**
             * Format: int32
             * @example 1
             */
            appointment_id: number;
            category: components["schemas"]["Category"];
        };
        /**
         * @example [
         *       {
         *         "marker": null,
         *         "value": 72.5,
         *         "timestamp": "2024-02-29T09:41:00Z",
         *         "appointment_id": 1,
         *         "category_id": 1
         *       }
         *     ]
         */
        MeasureBatch: components["schemas"]["MeasureBody"][];
        /**
         * @example {
         *       "marker": null,
         *       "value": 72.5,
         *       "timestamp": "2024-02-29T09:41:00Z",
         *       "appointment_id": 1,
         *       "category_id": 1
         *     }
         */
        MeasureBody: {
            marker?: string | null;
            /**
             * Format: double
             * @example 72.5
             */
            value: number;
            /**
             * @description RFC 3339, or without an offset, which means UTC. Stored to the millisecond.
             * @example 2024-02-29T09:30:00Z
             */
            timestamp: string;
            /**
             * Format: int32
             * @example 1
             */
            appointment_id: number;
            /**
             * Format: int32
             * @example 1
             */
            category_id: number;
        };
        /**
         * @example {
         *       "marker": null,
         *       "value": 72.5,
         *       "timestamp": "2024-02-29T09:41:00Z",
         *       "appointment_id": 1,
         *       "category_id": 1
         *     }
         */
        MeasureChanges: {
            marker?: string | null;
            /**
             * Format: double
             * @example 72.5
             */
            value?: number;
            /**
             * @description RFC 3339, or without an offset, which means UTC. Stored to the millisecond.
             * @example 2024-02-29T09:30:00Z
             */
            timestamp?: string;
            /**
             * Format: int32
             * @example 1
             */
            appointment_id?: number;
            /**
             * Format: int32
             * @example 1
             */
            category_id?: number;
            /** @description Optional, but only as it was read. */
            id?: unknown;
            /** @description Optional, but only as it was read. */
            category?: unknown;
        };
        MeasureList: {
            measures: components["schemas"]["Measure"][];
            /**
             * @description Send it as `after` to get the next slice, or as `before` when the list is read backwards. An id, or a text when the list is sorted. Null in the last slice.
             * @example null
             */
            next: (number | null) | string;
            /**
             * Format: int32
             * @description With `count=true`: how many records the whole list has. Null when that would take long: several conditions, or a search, that each find more than 5,000 records.
             * @example 1
             */
            count?: number | null;
        };
        Message: {
            /** @description What was done. */
            message: string;
        };
        Msg: {
            msg: string;
        };
        /**
         * @example {
         *       "old_password": "a wrong password",
         *       "new_password": "seven quiet otters"
         *     }
         */
        PasswordChange: {
            /** Format: password */
            old_password: string;
            /**
             * Format: password
             * @description At least 15 characters, unless the server is configured otherwise, and not a common password.
             */
            new_password: string;
        };
        /**
         * @example {
         *       "id": 1,
         *       "name": "Ada",
         *       "surname": "Lovelace",
         *       "birthday": "1815-12-10",
         *       "comments": null,
         *       "appointments": [],
         *       "appointments_next": null
         *     }
         */
        Patient: {
            /**
             * Format: int32
             * @example 1
             */
            id: number;
            name: string;
            surname: string;
            /**
             * Format: date
             * @description YYYY-MM-DD.
             * @example 1971-07-30
             */
            birthday: string | null;
            comments: string | null;
            appointments: components["schemas"]["Appointment"][];
            /**
             * Format: int32
             * @description Older records follow at `/api/appointment/?patient_id=…&before=…`: this is the `before`. Null when all are shown.
             * @example 1
             */
            appointments_next: number | null;
        };
        /**
         * @example {
         *       "name": "Ada",
         *       "surname": "Lovelace",
         *       "birthday": "1815-12-10",
         *       "comments": null
         *     }
         */
        PatientBody: {
            name: string;
            surname: string;
            /**
             * @description YYYY-MM-DD, or a date-time, of which only the date is stored.
             * @example 1971-07-30
             */
            birthday?: string | null;
            comments?: string | null;
        };
        /**
         * @example {
         *       "name": "Ada",
         *       "surname": "Lovelace",
         *       "birthday": "1815-12-10",
         *       "comments": null
         *     }
         */
        PatientChanges: {
            name?: string;
            surname?: string;
            /**
             * @description YYYY-MM-DD, or a date-time, of which only the date is stored.
             * @example 1971-07-30
             */
            birthday?: string | null;
            comments?: string | null;
            /** @description Optional, but only as it was read. */
            id?: unknown;
            /** @description Optional, but only as it was read. */
            appointments?: unknown;
            /** @description Optional, but only as it was read. */
            appointments_next?: unknown;
        };
        PatientList: {
            patients: components["schemas"]["Patient"][];
            /**
             * @description Send it as `after` to get the next slice, or as `before` when the list is read backwards. An id, or a text when the list is sorted. Null in the last slice.
             * @example null
             */
            next: (number | null) | string;
            /**
             * Format: int32
             * @description With `count=true`: how many records the whole list has. Null when that would take long: several conditions, or a search, that each find more than 5,000 records.
             * @example 1
             */
            count?: number | null;
        };
        TokenPair: {
            /**
             * @description A JSON Web Token (RFC 7519).
             * @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl
             */
            access_token: string;
            /**
             * @description A JSON Web Token (RFC 7519).
             * @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl
             */
            refresh_token: string;
        };
    };
    responses: {
        /** @description The request is invalid. `details` names the fields. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description Other records refer to this one, a record with the same values already exists (`details` names the fields), or a request with the same Idempotency-Key is still running. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The caller lacks a role, or the old password is wrong. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The server failed. The operator finds the reason in the log, by the `requestId`. */
        InternalServerError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The record does not exist. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The body is larger than 100 kB, or 1 MB where many records are sent. */
        PayloadTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The record no longer has the version in If-Match. Nothing was changed. */
        PreconditionFailed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The server cannot do this now. Retry as Retry-After says. A write may have been done nevertheless. */
        ServiceUnavailable: {
            headers: {
                /** @description The seconds to wait before the next try. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description Too many requests from this address, or too many wrong passwords for this account. Wait as long as Retry-After says. */
        TooManyRequests: {
            headers: {
                /** @description The seconds to wait before the next try. */
                "Retry-After"?: string;
                /** @description For each limit of the address that is nearly reached: what is left, and the seconds until it is whole. */
                RateLimit?: string;
                /** @description Those limits, and their windows in seconds. */
                "RateLimit-Policy"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description A part of the path is longer than 100 characters. */
        URITooLong: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The token is missing, invalid, expired or revoked; at login, the name or password is wrong. */
        Unauthorized: {
            headers: {
                /** @description RFC 6750, section 3. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The Idempotency-Key was already used with another body. */
        UnprocessableEntity: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The body is not JSON in UTF-8, or not of a media type that the operation takes. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    appointmentList: {
        parameters: {
            query?: {
                /**
                 * @description The maximum number of records in this slice of the list.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The `next` of the previous slice of the same list.
                 * @example 1
                 */
                after?: string | number;
                /**
                 * @description Without `after`, the list is read backwards from this id, and `next` is the next `before`. With it, the list ends before this id.
                 * @example 1
                 */
                before?: number;
                /**
                 * @description Only records with this `patient_id`.
                 * @example 1
                 */
                patient_id?: number;
                /**
                 * @description Only records whose `date` is this or more.
                 * @example 2024-02-29T09:30:00Z
                 */
                date_from?: string;
                /**
                 * @description Only records whose `date` is this or less.
                 * @example 2024-02-29T09:30:00Z
                 */
                date_to?: string;
                /**
                 * @description A field to sort by, with `-` the largest first. Without it, the order is that of the ids.
                 * @example -date
                 */
                sort?: "id" | "-id" | "date" | "-date";
                /**
                 * @description Whether the response has the number of all records of the list.
                 * @example true
                 */
                count?: boolean;
                /**
                 * @description With `ndjson`, the response is the whole list from here on, as `application/x-ndjson`: a record on each line. If the connection ends without an end of the body, the list is not complete. `limit` and `count` have no effect.
                 * @example json
                 */
                format?: "json" | "ndjson";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "appointments": [
                     *         {
                     *           "id": 1,
                     *           "patient_id": 1,
                     *           "date": "2024-02-29T09:30:00Z",
                     *           "measures": [],
                     *           "measures_next": null
                     *         }
                     *       ],
                     *       "next": null,
                     *       "count": 1
                     *     }
                     */
                    "application/json": components["schemas"]["AppointmentList"];
                    /**
                     * @example {
                     *       "id": 1,
                     *       "patient_id": 1,
                     *       "date": "2024-02-29T09:30:00Z",
                     *       "measures": [],
                     *       "measures_next": null
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["Appointment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    appointmentCreate: {
        parameters: {
            query?: never;
            header?: {
                /** @description A text that you make up, such as a UUID. A request with the same key and body, within 24 hours, gets the first response again and creates nothing. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "patient_id": 1,
                 *       "date": "2024-02-29T09:30:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["AppointmentBody"];
            };
        };
        responses: {
            /** @description The record was added. */
            201: {
                headers: {
                    /** @description The address of the new record. */
                    Location?: string;
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "patient_id": 1,
                     *       "date": "2024-02-29T09:30:00Z",
                     *       "measures": [],
                     *       "measures_next": null
                     *     }
                     */
                    "application/json": components["schemas"]["Appointment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    appointmentRead: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the record as you have it. If it has not changed since, the response is 304 without a body.
                 * @example "1"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "patient_id": 1,
                     *       "date": "2024-02-29T09:30:00Z",
                     *       "measures": [],
                     *       "measures_next": null
                     *     }
                     */
                    "application/json": components["schemas"]["Appointment"];
                };
            };
            /** @description The record is as the client has it. */
            304: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    appointmentUpdate: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "patient_id": 1,
                 *       "date": "2024-02-29T09:30:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["AppointmentChanges"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "patient_id": 1,
                     *       "date": "2024-02-29T09:30:00Z",
                     *       "measures": [],
                     *       "measures_next": null
                     *     }
                     */
                    "application/json": components["schemas"]["Appointment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    appointmentRemove: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "message": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    appointmentPatch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "patient_id": 1,
                 *       "date": "2024-02-29T09:30:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["AppointmentChanges"];
                /**
                 * @example {
                 *       "patient_id": 1,
                 *       "date": "2024-02-29T09:30:00Z"
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["AppointmentChanges"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "patient_id": 1,
                     *       "date": "2024-02-29T09:30:00Z",
                     *       "measures": [],
                     *       "measures_next": null
                     *     }
                     */
                    "application/json": components["schemas"]["Appointment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    authRefresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
                     *     }
                     */
                    "application/json": components["schemas"]["AccessToken"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    authLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "client",
                 *       "password": "123456"
                 *     }
                 */
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                     *       "refresh_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    authLogout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "msg": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Msg"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    authChangeOwnPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "old_password": "a wrong password",
                 *       "new_password": "seven quiet otters"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "msg": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Msg"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    authRotateToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                     *       "refresh_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    categoryList: {
        parameters: {
            query?: {
                /**
                 * @description The maximum number of records in this slice of the list.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The `next` of the previous slice of the same list.
                 * @example 1
                 */
                after?: string | number;
                /**
                 * @description Without `after`, the list is read backwards from this id, and `next` is the next `before`. With it, the list ends before this id.
                 * @example 1
                 */
                before?: number;
                /**
                 * @description A field to sort by, with `-` the largest first. Without it, the order is that of the ids.
                 * @example -name
                 */
                sort?: "id" | "-id" | "name" | "-name";
                /**
                 * @description Whether the response has the number of all records of the list.
                 * @example true
                 */
                count?: boolean;
                /**
                 * @description With `ndjson`, the response is the whole list from here on, as `application/x-ndjson`: a record on each line. If the connection ends without an end of the body, the list is not complete. `limit` and `count` have no effect.
                 * @example json
                 */
                format?: "json" | "ndjson";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "categories": [
                     *         {
                     *           "id": 1,
                     *           "name": "Heart rate"
                     *         }
                     *       ],
                     *       "next": null,
                     *       "count": 1
                     *     }
                     */
                    "application/json": components["schemas"]["CategoryList"];
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Heart rate"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["Category"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    categoryCreate: {
        parameters: {
            query?: never;
            header?: {
                /** @description A text that you make up, such as a UUID. A request with the same key and body, within 24 hours, gets the first response again and creates nothing. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Heart rate"
                 *     }
                 */
                "application/json": components["schemas"]["CategoryBody"];
            };
        };
        responses: {
            /** @description The record was added. */
            201: {
                headers: {
                    /** @description The address of the new record. */
                    Location?: string;
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Heart rate"
                     *     }
                     */
                    "application/json": components["schemas"]["Category"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    categoryRead: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the record as you have it. If it has not changed since, the response is 304 without a body.
                 * @example "1"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Heart rate"
                     *     }
                     */
                    "application/json": components["schemas"]["Category"];
                };
            };
            /** @description The record is as the client has it. */
            304: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    categoryUpdate: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Heart rate"
                 *     }
                 */
                "application/json": components["schemas"]["CategoryChanges"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Heart rate"
                     *     }
                     */
                    "application/json": components["schemas"]["Category"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    categoryRemove: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "message": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    categoryPatch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Heart rate"
                 *     }
                 */
                "application/json": components["schemas"]["CategoryChanges"];
                /**
                 * @example {
                 *       "name": "Heart rate"
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["CategoryChanges"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Heart rate"
                     *     }
                     */
                    "application/json": components["schemas"]["Category"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    measureList: {
        parameters: {
            query?: {
                /**
                 * @description The maximum number of records in this slice of the list.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The `next` of the previous slice of the same list.
                 * @example 1
                 */
                after?: string | number;
                /**
                 * @description Without `after`, the list is read backwards from this id, and `next` is the next `before`. With it, the list ends before this id.
                 * @example 1
                 */
                before?: number;
                /**
                 * @description Only records with this `appointment_id`.
                 * @example 1
                 */
                appointment_id?: number;
                /**
                 * @description Only records with this `category_id`.
                 * @example 1
                 */
                category_id?: number;
                /**
                 * @description Only records whose `timestamp` is this or more.
                 * @example 2024-02-29T09:30:00Z
                 */
                timestamp_from?: string;
                /**
                 * @description Only records whose `timestamp` is this or less.
                 * @example 2024-02-29T09:30:00Z
                 */
                timestamp_to?: string;
                /**
                 * @description A field to sort by, with `-` the largest first. Without it, the order is that of the ids.
                 * @example -timestamp
                 */
                sort?: "id" | "-id" | "timestamp" | "-timestamp";
                /**
                 * @description Whether the response has the number of all records of the list.
                 * @example true
                 */
                count?: boolean;
                /**
                 * @description With `ndjson`, the response is the whole list from here on, as `application/x-ndjson`: a record on each line. If the connection ends without an end of the body, the list is not complete. `limit` and `count` have no effect.
                 * @example json
                 */
                format?: "json" | "ndjson";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "measures": [
                     *         {
                     *           "id": 1,
                     *           "marker": null,
                     *           "value": 72.5,
                     *           "timestamp": "2024-02-29T09:41:00Z",
                     *           "appointment_id": 1,
                     *           "category": {
                     *             "id": 1,
                     *             "name": "Heart rate"
                     *           }
                     *         }
                     *       ],
                     *       "next": null,
                     *       "count": 1
                     *     }
                     */
                    "application/json": components["schemas"]["MeasureList"];
                    /**
                     * @example {
                     *       "id": 1,
                     *       "marker": null,
                     *       "value": 72.5,
                     *       "timestamp": "2024-02-29T09:41:00Z",
                     *       "appointment_id": 1,
                     *       "category": {
                     *         "id": 1,
                     *         "name": "Heart rate"
                     *       }
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["Measure"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    measureCreate: {
        parameters: {
            query?: never;
            header?: {
                /** @description A text that you make up, such as a UUID. A request with the same key and body, within 24 hours, gets the first response again and creates nothing. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "marker": null,
                 *       "value": 72.5,
                 *       "timestamp": "2024-02-29T09:41:00Z",
                 *       "appointment_id": 1,
                 *       "category_id": 1
                 *     }
                 */
                "application/json": components["schemas"]["MeasureBody"];
            };
        };
        responses: {
            /** @description The record was added. */
            201: {
                headers: {
                    /** @description The address of the new record. */
                    Location?: string;
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "marker": null,
                     *       "value": 72.5,
                     *       "timestamp": "2024-02-29T09:41:00Z",
                     *       "appointment_id": 1,
                     *       "category": {
                     *         "id": 1,
                     *         "name": "Heart rate"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Measure"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    measureCreateAll: {
        parameters: {
            query?: never;
            header?: {
                /** @description A text that you make up, such as a UUID. A request with the same key and body, within 24 hours, gets the first response again and creates nothing. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example [
                 *       {
                 *         "marker": null,
                 *         "value": 72.5,
                 *         "timestamp": "2024-02-29T09:41:00Z",
                 *         "appointment_id": 1,
                 *         "category_id": 1
                 *       }
                 *     ]
                 */
                "application/json": components["schemas"]["MeasureBatch"];
            };
        };
        responses: {
            /** @description The record was added. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ids": [
                     *         1
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BatchCreated"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    measureRead: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the record as you have it. If it has not changed since, the response is 304 without a body.
                 * @example "1"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "marker": null,
                     *       "value": 72.5,
                     *       "timestamp": "2024-02-29T09:41:00Z",
                     *       "appointment_id": 1,
                     *       "category": {
                     *         "id": 1,
                     *         "name": "Heart rate"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Measure"];
                };
            };
            /** @description The record is as the client has it. */
            304: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    measureUpdate: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "marker": null,
                 *       "value": 72.5,
                 *       "timestamp": "2024-02-29T09:41:00Z",
                 *       "appointment_id": 1,
                 *       "category_id": 1
                 *     }
                 */
                "application/json": components["schemas"]["MeasureChanges"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "marker": null,
                     *       "value": 72.5,
                     *       "timestamp": "2024-02-29T09:41:00Z",
                     *       "appointment_id": 1,
                     *       "category": {
                     *         "id": 1,
                     *         "name": "Heart rate"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Measure"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    measureRemove: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "message": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    measurePatch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "marker": null,
                 *       "value": 72.5,
                 *       "timestamp": "2024-02-29T09:41:00Z",
                 *       "appointment_id": 1,
                 *       "category_id": 1
                 *     }
                 */
                "application/json": components["schemas"]["MeasureChanges"];
                /**
                 * @example {
                 *       "marker": null,
                 *       "value": 72.5,
                 *       "timestamp": "2024-02-29T09:41:00Z",
                 *       "appointment_id": 1,
                 *       "category_id": 1
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["MeasureChanges"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "marker": null,
                     *       "value": 72.5,
                     *       "timestamp": "2024-02-29T09:41:00Z",
                     *       "appointment_id": 1,
                     *       "category": {
                     *         "id": 1,
                     *         "name": "Heart rate"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Measure"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    patientList: {
        parameters: {
            query?: {
                /**
                 * @description The maximum number of records in this slice of the list.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The `next` of the previous slice of the same list.
                 * @example 1
                 */
                after?: string | number;
                /**
                 * @description Without `after`, the list is read backwards from this id, and `next` is the next `before`. With it, the list ends before this id.
                 * @example 1
                 */
                before?: number;
                /**
                 * @description Only records whose `birthday` is this or more.
                 * @example 1971-07-30
                 */
                birthday_from?: string;
                /**
                 * @description Only records whose `birthday` is this or less.
                 * @example 1971-07-30
                 */
                birthday_to?: string;
                /**
                 * @description A field to sort by, with `-` the largest first. Without it, the order is that of the ids.
                 * @example -birthday
                 */
                sort?: "id" | "-id" | "surname" | "-surname" | "birthday" | "-birthday";
                /**
                 * @description Words to search by, in any order. Each finds words that begin with it, whatever their accents and capital letters.
                 * @example love
                 */
                q?: string;
                /**
                 * @description Whether the response has the number of all records of the list.
                 * @example true
                 */
                count?: boolean;
                /**
                 * @description With `ndjson`, the response is the whole list from here on, as `application/x-ndjson`: a record on each line. If the connection ends without an end of the body, the list is not complete. `limit` and `count` have no effect.
                 * @example json
                 */
                format?: "json" | "ndjson";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "patients": [
                     *         {
                     *           "id": 1,
                     *           "name": "Ada",
                     *           "surname": "Lovelace",
                     *           "birthday": "1815-12-10",
                     *           "comments": null,
                     *           "appointments": [],
                     *           "appointments_next": null
                     *         }
                     *       ],
                     *       "next": null,
                     *       "count": 1
                     *     }
                     */
                    "application/json": components["schemas"]["PatientList"];
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Ada",
                     *       "surname": "Lovelace",
                     *       "birthday": "1815-12-10",
                     *       "comments": null,
                     *       "appointments": [],
                     *       "appointments_next": null
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["Patient"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    patientCreate: {
        parameters: {
            query?: never;
            header?: {
                /** @description A text that you make up, such as a UUID. A request with the same key and body, within 24 hours, gets the first response again and creates nothing. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Ada",
                 *       "surname": "Lovelace",
                 *       "birthday": "1815-12-10",
                 *       "comments": null
                 *     }
                 */
                "application/json": components["schemas"]["PatientBody"];
            };
        };
        responses: {
            /** @description The record was added. */
            201: {
                headers: {
                    /** @description The address of the new record. */
                    Location?: string;
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Ada",
                     *       "surname": "Lovelace",
                     *       "birthday": "1815-12-10",
                     *       "comments": null,
                     *       "appointments": [],
                     *       "appointments_next": null
                     *     }
                     */
                    "application/json": components["schemas"]["Patient"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    patientRead: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the record as you have it. If it has not changed since, the response is 304 without a body.
                 * @example "1"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Ada",
                     *       "surname": "Lovelace",
                     *       "birthday": "1815-12-10",
                     *       "comments": null,
                     *       "appointments": [],
                     *       "appointments_next": null
                     *     }
                     */
                    "application/json": components["schemas"]["Patient"];
                };
            };
            /** @description The record is as the client has it. */
            304: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    patientUpdate: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Ada",
                 *       "surname": "Lovelace",
                 *       "birthday": "1815-12-10",
                 *       "comments": null
                 *     }
                 */
                "application/json": components["schemas"]["PatientChanges"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Ada",
                     *       "surname": "Lovelace",
                     *       "birthday": "1815-12-10",
                     *       "comments": null,
                     *       "appointments": [],
                     *       "appointments_next": null
                     *     }
                     */
                    "application/json": components["schemas"]["Patient"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    patientRemove: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "message": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    patientPatch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` that came with the record. If the record has changed since, the response is 412.
                 * @example *
                 */
                "If-Match"?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Ada",
                 *       "surname": "Lovelace",
                 *       "birthday": "1815-12-10",
                 *       "comments": null
                 *     }
                 */
                "application/json": components["schemas"]["PatientChanges"];
                /**
                 * @example {
                 *       "name": "Ada",
                 *       "surname": "Lovelace",
                 *       "birthday": "1815-12-10",
                 *       "comments": null
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["PatientChanges"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    /** @description The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "Ada",
                     *       "surname": "Lovelace",
                     *       "birthday": "1815-12-10",
                     *       "comments": null,
                     *       "appointments": [],
                     *       "appointments_next": null
                     *     }
                     */
                    "application/json": components["schemas"]["Patient"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    patientReport: {
        parameters: {
            query?: {
                /**
                 * @description The maximum number of rows in this slice.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The `next` of the previous slice.
                 * @example 17
                 */
                before?: string;
            };
            header?: never;
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accesses": [
                     *         {
                     *           "time": "2024-02-29T09:30:00Z",
                     *           "user": "text",
                     *           "user_id": 1,
                     *           "roles": [
                     *             "text"
                     *           ],
                     *           "address": "text",
                     *           "action": "create",
                     *           "method": "text",
                     *           "path": "text",
                     *           "outcome": "success",
                     *           "status": 200,
                     *           "request_id": "text"
                     *         }
                     *       ],
                     *       "next": "17"
                     *     }
                     */
                    "application/json": components["schemas"]["AccessReport"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            414: components["responses"]["URITooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    healthLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["BadRequest"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    healthReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["BadRequest"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
