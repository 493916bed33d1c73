import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HttpAgents } from './http-agents.ts';
import { type KeySource, SILENT } from './s3-identity.ts';

export interface S3ClientOptions {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint?: string;
  readonly pathStyle: boolean;
  /** Whose further settings the library reads: dualstack and FIPS endpoints, access points. */
  readonly profile: string;
  readonly secure: boolean;
  /** Undefined for requests without a signature. */
  readonly keys: KeySource | undefined;
  readonly agents: HttpAgents;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly readTimeout: number;
}

/** Where the objects of a bucket are. */
export interface S3Place {
  /** With the bucket in it, without a slash at its end. */
  readonly url: URL;
  readonly region: string;
}

export interface SentPart {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly arrived: number;
}

export interface OpenUpload {
  readonly key: string;
  readonly upload: string;
  readonly begun: number;
}

type Headers = Readonly<Record<string, string>>;

/** The calls that are rare, through the official client. Reading, writing and listing are in `s3-wire.ts`: they have to cost little. */
export type S3Calls = ReturnType<typeof openClient>;

export const httpHandler = (
  { http, https }: HttpAgents,
  { connectTimeout, readTimeout }: { connectTimeout: number; readTimeout: number },
): NodeHttpHandler =>
  new NodeHttpHandler({
    httpAgent: http,
    httpsAgent: https,
    connectionTimeout: connectTimeout,
    socketTimeout: readTimeout,
    socketAcquisitionWarningTimeout: 0x7fffffff, // Nobody waits for that long.
    logger: SILENT,
  });

export function openClient(options: S3ClientOptions) {
  const { bucket: Bucket, region, endpoint, pathStyle, secure, keys } = options;
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'; // It would be on everybody's screen.
  const client = new S3Client({
    region,
    forcePathStyle: pathStyle,
    profile: options.profile,
    tls: secure,
    maxAttempts: 1, // Repeating is the caller's affair.
    logger: SILENT,
    requestHandler: httpHandler(options.agents, options),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(keys === undefined
      ? { signer: { sign: async (request) => request }, credentials: NOBODY }
      : { credentials: keys }),
  });
  return {
    /** As the library works it out of region, endpoint, addressing and the bucket's name. */
    place: async (): Promise<S3Place> => {
      let place: S3Place | undefined;
      const command = new HeadBucketCommand({ Bucket });
      command.middlewareStack.add(
        (_, context) => async () => {
          const { endpointV2 } = context; // Set by a step before this one.
          const scheme = endpointV2?.properties?.['authSchemes']?.[0] as
            | { name: string; signingRegion?: string }
            | undefined;
          if (!endpointV2 || (scheme && scheme.name !== 'sigv4')) throw new Error(`${scheme?.name} is not supported`);
          place = { url: new URL(endpointV2.url.href.replace(/\/$/, '')), region: scheme?.signingRegion ?? region };
          return { response: {}, output: { $metadata: {} } };
        },
        { step: 'build', name: 'lodePlace', priority: 'high' },
      );
      await client.send(command);
      if (!place) throw new Error('the client did not say where the bucket is');
      return place;
    },

    createUpload: async (Key: string, headers: Headers, abortSignal: AbortSignal): Promise<string> => {
      const command = new CreateMultipartUploadCommand({ Bucket, Key });
      command.middlewareStack.add(adding(headers), { step: 'build', name: 'lodeHeaders' });
      const { UploadId = '' } = await client.send(command, { abortSignal });
      return UploadId;
    },

    /** Undefined where the upload is not known any more. */
    sentParts: async (Key: string, UploadId: string, abortSignal: AbortSignal): Promise<SentPart[] | undefined> => {
      const parts: SentPart[] = [];
      let marker: string | undefined;
      do {
        const asked = { Bucket, Key, UploadId, ...(marker === undefined ? {} : { PartNumberMarker: marker }) };
        try {
          const page = await client.send(new ListPartsCommand(asked), { abortSignal });
          for (const { PartNumber = 0, Size = -1, ETag = '', LastModified } of page.Parts ?? [])
            parts.push({ number: PartNumber, size: Size, etag: ETag, arrived: LastModified?.getTime() ?? Date.now() });
          marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
        } catch (error) {
          if (isGone(error)) return undefined;
          throw error;
        }
      } while (marker !== undefined);
      return parts;
    },

    completeUpload: async (
      Key: string,
      UploadId: string,
      parts: readonly Pick<SentPart, 'number' | 'etag'>[],
      headers: Headers,
      abortSignal: AbortSignal,
    ): Promise<{ etag?: string; version?: string }> => {
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
      const command = new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
      command.middlewareStack.add(adding(headers), { step: 'build', name: 'lodeHeaders' });
      const { ETag, VersionId } = await client.send(command, { abortSignal });
      return {
        ...(ETag === undefined ? {} : { etag: ETag.replaceAll('"', '') }),
        ...(VersionId === undefined ? {} : { version: VersionId }),
      };
    },

    /** One that is gone already is no error. */
    abortUpload: async (Key: string, UploadId: string, abortSignal: AbortSignal): Promise<void> => {
      try {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), { abortSignal });
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },

    openUploads: async (Prefix: string, abortSignal: AbortSignal): Promise<OpenUpload[]> => {
      const uploads: OpenUpload[] = [];
      let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
      while (from) {
        const page: Awaited<ReturnType<typeof ask>> = await ask(from);
        for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? [])
          uploads.push({ key: Key, upload: UploadId, begun: Initiated?.getTime() ?? 0 });
        const { NextKeyMarker, NextUploadIdMarker } = page;
        from =
          page.IsTruncated && NextKeyMarker && NextUploadIdMarker
            ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker }
            : undefined;
      }
      return uploads;
      function ask(where: object) {
        return client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...where }), { abortSignal });
      }
    },

    /** Up to 1000 keys. @returns those that stayed */
    removeMany: async (
      keys: readonly string[],
      headers: Headers,
      abortSignal: AbortSignal,
    ): Promise<{ key: string; code: string; message: string }[]> => {
      const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
      const command = new DeleteObjectsCommand({ Bucket, Delete, ChecksumAlgorithm: 'CRC32' });
      command.middlewareStack.add(adding(headers), { step: 'build', name: 'lodeHeaders' });
      const { Errors = [] } = await client.send(command, { abortSignal });
      return Errors.map(({ Key = '', Code = '', Message = '' }) => ({ key: Key, code: Code, message: Message }));
    },
  };
}

const NOBODY = { accessKeyId: '', secretAccessKey: '' };

const isGone = (error: unknown): boolean => error instanceof Error && error.name === 'NoSuchUpload';

interface WithRequest {
  readonly request: unknown;
}

/** Headers that the commands have no option for, or each of them another one. */
const adding =
  (headers: Headers) =>
  <Args, Result>(next: (args: Args) => Promise<Result>) =>
  (args: Args): Promise<Result> => {
    const { request } = args as unknown as WithRequest; // What the step is given.
    Object.assign((request as { headers: Record<string, string> }).headers, headers);
    return next(args);
  };
